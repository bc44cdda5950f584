using Etcdctl.Text;

namespace Etcdctl.Tests.Text;

public class GoStringTests
{
    // Left: bytes in hex. Right: what Go's %q makes of them.
    [Theory]
    [InlineData("", "\"\"")]
    [InlineData("6b6579", "\"key\"")]
    [InlineData("01ff3c3e26e280a8225c", "\"\\x01\\xff<>&\\u2028\\\"\\\\\"")]
    [InlineData("07080c0a0d090b00", "\"\\a\\b\\f\\n\\r\\t\\v\\x00\"")]
    [InlineData("7fc280c2a0", "\"\\x7f\\u0080\\u00a0\"")]
    [InlineData("c3a4e282acf09f9880", "\"ä€😀\"")]
    [InlineData("efbbbf", "\"\\ufeff\"")]
    [InlineData("f3a08081", "\"\\U000e0001\"")]
    [InlineData("e282", "\"\\xe2\\x82\"")]
    public void Quote_Bytes_LooksAsInGo(string hex, string quoted) => Assert.Equal(quoted, GoString.Quote(Convert.FromHexString(hex)));

    [Fact]
    public void DecodeEncode_AnyBytes_RoundTrip()
    {
        int seed = Random.Shared.Next();
        var random = new Random(seed);
        for (int round = 0; round < 20_000; round++)
        {
            byte[] bytes = new byte[random.Next(12)];
            random.NextBytes(bytes);
            Assert.True(bytes.AsSpan().SequenceEqual(GoString.Encode(GoString.Decode(bytes))), $"seed {seed}: {Convert.ToHexString(bytes)}");
        }
    }

    [Fact]
    public void QuoteUnquote_AnyBytes_RoundTrip()
    {
        int seed = Random.Shared.Next();
        var random = new Random(seed);
        for (int round = 0; round < 20_000; round++)
        {
            byte[] bytes = new byte[random.Next(12)];
            random.NextBytes(bytes);
            string quoted = GoString.Quote(bytes);

            bool isFine = GoString.TryUnquote(quoted + " rest", out string value, out int used);

            Assert.True(isFine && used == quoted.Length && bytes.AsSpan().SequenceEqual(GoString.Encode(value)), $"seed {seed}: {quoted}");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("\"x")]
    [InlineData("\"\\")]
    [InlineData("\"\\q\"")]
    [InlineData("\"\\x4\"")]
    [InlineData("\"\\xzz\"")]
    [InlineData("\"\\u12\"")]
    [InlineData("\"\\ud800\"")]
    [InlineData("\"\\400\"")]
    public void TryUnquote_NoQuotedString_SaysSo(string text) => Assert.False(GoString.TryUnquote(text, out _, out _));
}
