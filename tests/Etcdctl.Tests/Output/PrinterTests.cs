using Etcd.Protocol.Kv;
using Etcd.Protocol.Rpc;
using Etcdctl.Cli;
using Etcdctl.Output;
using Etcdctl.Text;
using Google.Protobuf;

namespace Etcdctl.Tests.Output;

/// <summary>Formats of answers that only servers after 3.4 give, and of such that a quiet test server never gives.</summary>
public class PrinterTests
{
    private static readonly ResponseHeader s_header = new() { ClusterId = 0xcdf818194e3a8c32, MemberId = 0x8e9e05c52164694d, Revision = 7, RaftTerm = 3 };

    private static readonly EndpointStatus s_status = new("127.0.0.1:2379", new StatusResponse
    {
        Header = s_header,
        Version = "3.7.1",
        StorageVersion = "3.7.0",
        DbSize = 20480,
        DbSizeInUse = 16384,
        DbSizeQuota = 2147483648,
        Leader = 0x8e9e05c52164694d,
        RaftIndex = 10,
        RaftTerm = 3,
        RaftAppliedIndex = 9,
        Errors = { "memberID:1 alarm:NOSPACE " },
        DowngradeInfo = new DowngradeInfo { Enabled = true, TargetVersion = "3.6.0" },
    });

    [Fact]
    public void Status_EachFormat()
    {
        Assert.Equal(
            "127.0.0.1:2379, 8e9e05c52164694d, 3.7.1, 3.7.0, 20 kB, 16 kB, 20%, 2.1 GB, true, false, 3, 10, 9, memberID:1 alarm:NOSPACE , 3.6.0, true\n",
            Print("simple", printer => printer.Status([s_status])));
        Assert.Equal(
            """
            [{"Endpoint":"127.0.0.1:2379","Status":{"header":{"cluster_id":14841639068965178418,"member_id":10276657743932975437,"revision":7,"raft_term":3},"version":"3.7.1","dbSize":20480,"leader":10276657743932975437,"raftIndex":10,"raftTerm":3,"raftAppliedIndex":9,"errors":["memberID:1 alarm:NOSPACE "],"dbSizeInUse":16384,"storageVersion":"3.7.0","dbSizeQuota":2147483648,"downgradeInfo":{"enabled":true,"targetVersion":"3.6.0"}}}]

            """,
            Print("json", printer => printer.Status([s_status])));
        Assert.Equal(
            """
            "ClusterID" : 14841639068965178418
            "MemberID" : 10276657743932975437
            "Revision" : 7
            "RaftTerm" : 3
            "Version" : "3.7.1"
            "StorageVersion" : "3.7.0"
            "DBSize" : 20480
            "DBSizeInUse" : 16384
            "DBSizeQuota" : 2147483648
            "Leader" : 10276657743932975437
            "IsLearner" : false
            "RaftIndex" : 10
            "RaftTerm" : 3
            "RaftAppliedIndex" : 9
            "Errors" : [memberID:1 alarm:NOSPACE ]
            "Endpoint" : "127.0.0.1:2379"
            "DowngradeTargetVersion" : "3.6.0"
            "DowngradeEnabled" : true


            """,
            Print("fields", printer => printer.Status([s_status])));
    }

    [Fact]
    public void HashKv_EachFormat()
    {
        EndpointHashKv[] reports = [new("127.0.0.1:2379", new HashKVResponse { Header = s_header, Hash = 4084519789, CompactRevision = -1, HashRevision = 7 })];

        Assert.Equal("127.0.0.1:2379, 4084519789, 7\n", Print("simple", printer => printer.HashKv(reports)));
        Assert.EndsWith(",\"hash\":4084519789,\"compact_revision\":-1,\"hash_revision\":7}}]\n", Print("json", printer => printer.HashKv(reports)), StringComparison.Ordinal);
        Assert.EndsWith("\"Hash\" : 4084519789\n\"HashRevision\" : 7\n\n", Print("fields", printer => printer.HashKv(reports)), StringComparison.Ordinal);
        Assert.Equal(
            """
            +----------------+------------+---------------+
            |    ENDPOINT    |    HASH    | HASH REVISION |
            +----------------+------------+---------------+
            | 127.0.0.1:2379 | 4084519789 |             7 |
            +----------------+------------+---------------+

            """,
            Print("table", printer => printer.HashKv(reports)));
    }

    [Fact]
    public void AuthStatus_EachFormat()
    {
        var response = new AuthStatusResponse { Header = s_header, Enabled = true, AuthRevision = 5 };

        Assert.Equal("Authentication Status: true\nAuthRevision: 5\n", Print("simple", printer => printer.AuthStatus(response)));
        Assert.EndsWith(",\"enabled\":true,\"authRevision\":5}\n", Print("json", printer => printer.AuthStatus(response)), StringComparison.Ordinal);
        Assert.Equal((ExitCode.BadFeature, "fields not supported as output format"), Refusal("fields", printer => printer.AuthStatus(response)));
    }

    [Fact]
    public void Downgrade_Simple() => Assert.Equal(
        "Downgrade validate success, cluster version 3.7\n",
        Print("simple", printer => printer.Downgrade("validate", new DowngradeResponse { Header = s_header, Version = "3.7" })));

    [Fact]
    public void Alarm_EachFormat()
    {
        var response = new AlarmResponse { Header = s_header, Alarms = { new AlarmMember { MemberID = 10276657743932975437, Alarm = AlarmType.Nospace } } };

        Assert.Equal("memberID:10276657743932975437 alarm:NOSPACE \n", Print("simple", printer => printer.Alarm(response)));
        Assert.EndsWith(",\"alarms\":[{\"memberID\":10276657743932975437,\"alarm\":1}]}\n", Print("json", printer => printer.Alarm(response)), StringComparison.Ordinal);
        Assert.EndsWith("\"MemberID\" : 10276657743932975437\n\"AlarmType\" : NOSPACE\n\n", Print("fields", printer => printer.Alarm(response)), StringComparison.Ordinal);
    }

    [Fact]
    public void Members_Hex_HaveHexIds()
    {
        var response = new MemberListResponse
        {
            Header = new ResponseHeader { ClusterId = 0xcdf818194e3a8c32, MemberId = 0x8e9e05c52164694d, RaftTerm = 12 },
            Members = { new Member { ID = 0x8e9e05c52164694d, Name = "m<1>", PeerURLs = { "http://a:1", "http://b:1" }, IsLearner = true } },
        };

        Assert.Equal(
            """
            {"header":{"cluster_id":"cdf818194e3a8c32","member_id":"8e9e05c52164694d","raft_term":12},"members":[{"ID":"8e9e05c52164694d","name":"m\u003c1\u003e","peerURLs":["http://a:1","http://b:1"],"isLearner":true}]}

            """,
            Print("json", printer => printer.MemberList(response), hex: true));
        Assert.Equal("8e9e05c52164694d, started, m<1>, http://a:1,http://b:1, , true\n", Print("simple", printer => printer.MemberList(response)));
        Assert.StartsWith("\"ClusterID\" : cdf818194e3a8c32\n\"MemberID\" : 8e9e05c52164694d\n\"RaftTerm\" : 12\n\"ID\" : 8e9e05c52164694d\n",
            Print("fields", printer => printer.MemberList(response), hex: true), StringComparison.Ordinal);
    }

    [Fact]
    public void Members_Changes_PadIdsWithSpaces()
    {
        Assert.Equal("Member              abc added to cluster              def\n", Print("simple", printer => printer.MemberAdd(
            new MemberAddResponse { Header = new ResponseHeader { ClusterId = 0xdef }, Member = new Member { ID = 0xabc } })));
        Assert.Equal("Member              abc promoted in cluster              def\n", Print("simple", printer => printer.MemberPromote(
            0xabc, new MemberPromoteResponse { Header = new ResponseHeader { ClusterId = 0xdef } })));
    }

    [Fact]
    public void Txn_Nested_KeepsItsShape()
    {
        var response = new TxnResponse
        {
            Header = s_header,
            Succeeded = true,
            Responses =
            {
                new ResponseOp { ResponseTxn = new TxnResponse { Header = new ResponseHeader { Revision = 7 }, Responses = { new ResponseOp { ResponsePut = new PutResponse() } } } },
                new ResponseOp(),
            },
        };

        Assert.EndsWith(
            ",\"succeeded\":true,\"responses\":[{\"Response\":{\"ResponseTxn\":{\"header\":{\"revision\":7},\"responses\":[{\"Response\":{\"ResponsePut\":{}}}]}}},{\"Response\":null}]}\n",
            Print("json", printer => printer.Txn(response)), StringComparison.Ordinal);
    }

    [Fact]
    public void Watch_LongValue_IsNotCut()
    {
        ByteString value = ByteString.CopyFrom(Enumerable.Repeat((byte)'x', 100_000).ToArray());
        var report = new WatchReport(s_header, [new Event { Kv = new KeyValue { Key = ByteString.CopyFromUtf8("k"), Value = value } }]);

        Assert.Equal($"PUT\nk\n{new string('x', 100_000)}\n", Print("simple", printer => printer.Watch(report)));
    }

    [Fact]
    public void Json_Strings_AreEscapedAsGoDoes()
    {
        var json = new GoJsonWriter();
        json.BeginArray();
        json.String("\"\\\b\f\n\r\t\u0001<>&\u2028\u2029é😀\u007f");
        json.String("");
        json.EndArray();

        Assert.Equal("""["\"\\\b\f\n\r\t\u0001\u003c\u003e\u0026\u2028\u2029é😀""" + "\u007f\",\"\"]", json.ToString());
    }

    [Theory]
    [InlineData("table")]
    [InlineData("protobuf")]
    public void Health_FormatsWithoutForm_Refuse(string format)
    {
        if (format == "table")
            Assert.Contains("| ENDPOINT | HEALTH | TOOK | ERROR |", Print(format, printer => printer.Health([new("a", IsHealthy: true, "1", "")])), StringComparison.Ordinal);
        else
            Assert.Equal((ExitCode.BadFeature, "protobuf not supported as output format"), Refusal(format, printer => printer.Health([])));
    }

    private static string Print(string format, Action<Printer> print, bool hex = false)
    {
        using var output = new MemoryStream();
        var writer = new ByteWriter(output);
        print(Printer.For(format, hex, new Terminal(Stream.Null, writer, writer, new Dictionary<string, string>())));
        writer.Flush();
        return GoString.Decode(output.ToArray());
    }

    private static (int Code, string Message) Refusal(string format, Action<Printer> print)
    {
        ExitException refused = Assert.Throws<ExitException>(() => Print(format, print));
        return (refused.Code, refused.Message);
    }
}
