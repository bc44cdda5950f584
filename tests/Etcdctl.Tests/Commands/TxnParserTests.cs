using Etcd.Protocol.Rpc;
using Etcdctl.Cli;
using Etcdctl.Commands;

namespace Etcdctl.Tests.Commands;

public class TxnParserTests
{
    [Theory]
    [InlineData("mod(\"key1\") > \"5\"", "{ \"result\": \"GREATER\", \"target\": \"MOD\", \"key\": \"a2V5MQ==\", \"modRevision\": \"5\" }")]
    [InlineData("m(\"k\") < \"5\"", "{ \"result\": \"LESS\", \"target\": \"MOD\", \"key\": \"aw==\", \"modRevision\": \"5\" }")]
    [InlineData("create(\"k\") = \"0\"", "{ \"target\": \"CREATE\", \"key\": \"aw==\", \"createRevision\": \"0\" }")]
    [InlineData("ver(\"k\") != \"1\"", "{ \"result\": \"NOT_EQUAL\", \"key\": \"aw==\", \"version\": \"1\" }")]
    [InlineData("value(\"k\") = \"a \\\"b\\\"\"", "{ \"target\": \"VALUE\", \"key\": \"aw==\", \"value\": \"YSAiYiI=\" }")]
    [InlineData("lease(\"k\") = \"ff\"", "{ \"target\": \"LEASE\", \"key\": \"aw==\", \"lease\": \"255\" }")]
    public void ParseCompare_GoodLine(string line, string message) => Assert.Equal(message, TxnParser.ParseCompare(line).ToString());

    [Theory]
    [InlineData("x", "malformed comparison: x")]
    [InlineData("mod(k) > \"5\"", "malformed comparison: mod(k) > \"5\"; got mod(\"\")  \"\"")]
    [InlineData("mod(\"k\") > 5", "malformed comparison: mod(\"k\") > 5; got mod(\"k\") > \"\"")]
    [InlineData("foo(\"k\") > \"5\"", "malformed comparison: foo(\"k\") > \"5\" (unknown target foo)")]
    [InlineData("mod(\"k\") > \"x\"", "invalid txn compare request: mod(\"k\") > \"x\"")]
    [InlineData("mod(\"k\") ~ \"5\"", "malformed comparison: mod(\"k\") ~ \"5\" (unknown operator ~)")]
    public void ParseCompare_BadLine_SaysWhat(string line, string complaint)
    {
        ExitException refused = Assert.Throws<ExitException>(() => TxnParser.ParseCompare(line));

        Assert.Equal((ExitCode.InvalidInput, complaint), (refused.Code, refused.Message));
    }

    [Fact]
    public void ParseOperation_GoodLines()
    {
        RequestOp put = TxnParser.ParseOperation("put \"a b\" 'c \"d' --prev-kv");
        Assert.Equal(("a b", "c \"d", true), (put.RequestPut.Key.ToStringUtf8(), put.RequestPut.Value.ToStringUtf8(), put.RequestPut.PrevKv));
        RequestOp get = TxnParser.ParseOperation("get a --prefix --limit=3");
        Assert.Equal(("b", 3L), (get.RequestRange.RangeEnd.ToStringUtf8(), get.RequestRange.Limit));
        RequestOp delete = TxnParser.ParseOperation("del a b");
        Assert.Equal("b", delete.RequestDeleteRange.RangeEnd.ToStringUtf8());
        RequestOp dashes = TxnParser.ParseOperation("put a -- --value");
        Assert.Equal("--value", dashes.RequestPut.Value.ToStringUtf8());
    }

    [Theory]
    [InlineData("put", "invalid txn compare request: put")]
    [InlineData("foo a b", "invalid txn request: foo a b")]
    [InlineData("get a --nosuch", "invalid txn request: get a --nosuch")]
    public void ParseOperation_BadLine_SaysWhat(string line, string complaint)
    {
        ExitException refused = Assert.Throws<ExitException>(() => TxnParser.ParseOperation(line));

        Assert.Equal((ExitCode.InvalidInput, complaint), (refused.Code, refused.Message));
    }

    [Theory]
    [InlineData("a  b", "a|b")]
    [InlineData("'a b' c", "a b|c")]
    [InlineData("\"a\\tb\"", "a\tb")]
    [InlineData("it's", "it's")]
    [InlineData("a \"open", "a|\"open")]
    [InlineData("'' x", "|x")]
    [InlineData("   ", "")]
    public void Split_Words(string line, string words) => Assert.Equal(words, string.Join('|', WordSplitter.Split(line)));
}
