using System.Buffers;
using System.Text;

namespace Etcd.Foundation.Tests;

public sealed class GoTextTests
{
    [Theory]
    [InlineData("", "\"\"")]
    [InlineData("plain", "\"plain\"")]
    [InlineData("a\"b\\c", "\"a\\\"b\\\\c\"")]
    [InlineData("<&>", "\"\\u003c\\u0026\\u003e\"")]
    [InlineData("\u2028\u2029", "\"\\u2028\\u2029\"")]
    [InlineData("\n\r\t\b\u0000\u001f", "\"\\n\\r\\t\\u0008\\u0000\\u001f\"")]
    [InlineData("\u007f/ü€😀", "\"\u007f/ü€😀\"")]
    public void WriteString_AnyText_EscapedAsGoDoes(string text, string expected)
    {
        var output = new ArrayBufferWriter<byte>();
        GoJson.WriteString(output, text);
        Assert.Equal(expected, Encoding.UTF8.GetString(output.WrittenSpan));
    }

    // Not as attributes: the compiler keeps their strings as UTF-8, where lone surrogates have no place.
    [Fact]
    public void WriteString_LoneSurrogates_AreReplaced()
    {
        WriteString_AnyText_EscapedAsGoDoes("x\ud800y\udc00\udc01", "\"x\\ufffdy\\ufffd\\ufffd\"");
        WriteString_AnyText_EscapedAsGoDoes("😀\ud83d", "\"😀\\ufffd\"");
    }

    [Theory]
    [InlineData(0, "1970-01-01T00:00:00Z")]
    [InlineData(1_795_316_660_155_040_000, "2026-11-22T03:04:20.15504Z")]
    [InlineData(1_795_316_660_000_000_001, "2026-11-22T03:04:20.000000001Z")]
    [InlineData(-1, "1969-12-31T23:59:59.999999999Z")]
    [InlineData(long.MaxValue, "2262-04-11T23:47:16.854775807Z")]
    [InlineData(long.MinValue, "1677-09-21T00:12:43.145224192Z")]
    public void FormatAndTryParse_EdgeTimes_RoundTrip(long unixNanoseconds, string text)
    {
        Assert.Equal(text, GoTime.Format(unixNanoseconds));
        Assert.True(GoTime.TryParse(text, out long parsed));
        Assert.Equal(unixNanoseconds, parsed);
    }

    [Fact]
    public void TryParse_Offset_IsUtc()
    {
        Assert.True(GoTime.TryParse("1970-01-01T02:30:00.5+02:30", out long east));
        Assert.Equal(500_000_000, east);
        Assert.True(GoTime.TryParse("1969-12-31T19:00:00-05:00", out long west));
        Assert.Equal(0, west);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1970-01-01T00:00:00")]
    [InlineData("1970-01-01T00:00:00.Z")]
    [InlineData("1970-01-01T00:00:00.1234567890Z")]
    [InlineData("1970-01-01T00:00:00.5")]
    [InlineData("1970-13-01T00:00:00Z")]
    [InlineData("1970-01-01T00:00:00+2:00")]
    [InlineData("0001-01-01T00:00:00Z")]
    [InlineData("2262-04-11T23:47:16.854775808Z")]
    [InlineData("1970-01-01T00:00:00Zx")]
    public void TryParse_Malformed_False(string text) => Assert.False(GoTime.TryParse(text, out _));

    [Fact]
    public void Compare_AnyStrings_OrdersByUtf8Bytes()
    {
        string[] texts = ["", "a", "ab", "b", "a\u0000", "\ud7ff", "\ue000", "\uffff", "😀", "\U0010ffff", "a😀", "a\uffff", "A"];
        foreach (string left in texts)
        {
            foreach (string right in texts)
            {
                int expected = Encoding.UTF8.GetBytes(left).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(right));
                Assert.Equal(Math.Sign(expected), Math.Sign(GoStringComparer.Instance.Compare(left, right)));
            }
        }
    }
}
