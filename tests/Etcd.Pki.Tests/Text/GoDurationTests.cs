using Etcd.Pki.Errors;
using Etcd.Pki.Text;

namespace Etcd.Pki.Tests.Text;

public sealed class GoDurationTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("43800h", 43800L * 3600 * 1_000_000_000)]
    [InlineData("1h30m", 5400L * 1_000_000_000)]
    [InlineData("1.5h", 5400L * 1_000_000_000)]
    [InlineData("-5m", -300L * 1_000_000_000)]
    [InlineData("+1us", 1000)]
    [InlineData("1µs2ns", 1002)]
    [InlineData(".5s", 500_000_000)]
    [InlineData("1.s", 1_000_000_000)]
    [InlineData("9223372036854775807ns", long.MaxValue)]
    [InlineData("-9223372036854775808ns", long.MinValue)]
    public void Parse_GoodText_Nanoseconds(string text, long nanoseconds) => Assert.Equal(nanoseconds, GoDuration.Parse(text).Nanoseconds);

    [Theory]
    [InlineData("", "time: invalid duration \"\"")]
    [InlineData("5", "time: missing unit in duration \"5\"")]
    [InlineData("5 years", "time: unknown unit \" years\" in duration \"5 years\"")]
    [InlineData("h", "time: invalid duration \"h\"")]
    [InlineData(".h", "time: invalid duration \".h\"")]
    [InlineData("-", "time: invalid duration \"-\"")]
    [InlineData("1h5", "time: missing unit in duration \"1h5\"")]
    [InlineData("9223372036854775808ns", "time: invalid duration \"9223372036854775808ns\"")]
    [InlineData("99999999h", "time: invalid duration \"99999999h\"")]
    [InlineData("1ä", "time: unknown unit \"\\xc3\\xa4\" in duration \"1\\xc3\\xa4\"")]
    public void Parse_BadText_GoMessage(string text, string message) =>
        Assert.Equal(message, Assert.Throws<PkiException>(() => GoDuration.Parse(text)).Message);

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(1, "1ns")]
    [InlineData(1500, "1.5µs")]
    [InlineData(-2_000_000, "-2ms")]
    [InlineData(1_500_000_000, "1.5s")]
    [InlineData(90L * 1_000_000_000, "1m30s")]
    [InlineData(43800L * 3600 * 1_000_000_000, "43800h0m0s")]
    [InlineData(long.MinValue, "-2562047h47m16.854775808s")]
    public void ToString_Any_GoForm(long nanoseconds, string text)
    {
        Assert.Equal(text, new GoDuration(nanoseconds).ToString());
        Assert.Equal(nanoseconds, GoDuration.Parse(text).Nanoseconds);
    }
}
