using Etcdctl.Text;

namespace Etcdctl.Tests.Text;

public class NumberTests
{
    [Theory]
    [InlineData("0x10", true, 16)]
    [InlineData("0b11", true, 3)]
    [InlineData("0o17", true, 15)]
    [InlineData("017", true, 15)]
    [InlineData("1_000", true, 1000)]
    [InlineData("-9223372036854775808", true, long.MinValue)]
    [InlineData("+7", false, 7)]
    [InlineData("017", false, 17)]
    public void Parse_GoodNumber_IsRead(string text, bool autoBase, long value)
    {
        Assert.Null(GoNumber.ParseProblem(text, autoBase));
        Assert.Equal(value, GoNumber.Parse(text, autoBase));
    }

    [Theory]
    [InlineData("", true, "invalid syntax")]
    [InlineData("0x", true, "invalid syntax")]
    [InlineData("0x10", false, "invalid syntax")]
    [InlineData("1_000", false, "invalid syntax")]
    [InlineData("9223372036854775808", true, "value out of range")]
    [InlineData("1.5", true, "invalid syntax")]
    [InlineData(" 1", true, "invalid syntax")]
    public void Parse_BadNumber_ComplainsAsGo(string text, bool autoBase, string complaint) =>
        Assert.Equal($"strconv.ParseInt: parsing \"{text}\": {complaint}", GoNumber.ParseProblem(text, autoBase));

    [Theory]
    [InlineData("694d71ddacfda227", 0x694d71ddacfda227)]
    [InlineData("-1", -1)]
    public void ParseHex_LeaseId_IsRead(string text, long value)
    {
        Assert.True(GoNumber.TryParseHex(text, out long read, out _));
        Assert.Equal(value, read);
    }

    [Theory]
    [InlineData("ffffffffffffffff", true)]
    [InlineData("10000000000000000", false)]
    [InlineData("-1", false)]
    [InlineData("+1", false)]
    public void ParseUnsignedHex_MemberId_HasNoSign(string text, bool isFine) => Assert.Equal(isFine, GoNumber.TryParseUnsignedHex(text, out _, out _));

    // Values printed by real etcdctl's library for the same numbers.
    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(9, "9 B")]
    [InlineData(999, "999 B")]
    [InlineData(1000, "1.0 kB")]
    [InlineData(20480, "20 kB")]
    [InlineData(9960, "10 kB")]
    [InlineData(6225952, "6.2 MB")]
    [InlineData(2147483648, "2.1 GB")]
    [InlineData(8589934592, "8.6 GB")]
    public void ByteCount_IsRoundedForHumans(ulong bytes, string text) => Assert.Equal(text, ByteCount.Format(bytes));
}
