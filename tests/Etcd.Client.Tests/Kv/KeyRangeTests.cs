using Google.Protobuf;

namespace Etcd.Client.Tests.Kv;

public class KeyRangeTests
{
    [Theory]
    [InlineData("61", "62")]
    [InlineData("61ff", "62")]
    [InlineData("00", "01")]
    [InlineData("ff", "00")]
    [InlineData("ffffff", "00")]
    [InlineData("61ff62ffff", "61ff63")]
    public void PrefixEnd_RaisesTheLastByteThatCanBe(string prefix, string end) =>
        Assert.Equal(end, Convert.ToHexStringLower(KeyRange.PrefixEnd(FromHex(prefix)).Span));

    [Fact]
    public void PrefixEnd_AnyKey_IsInTheRangeExactlyIfItHasThePrefix()
    {
        int seed = Random.Shared.Next();
        var random = new Random(seed);
        for (int round = 0; round < 20_000; round++)
        {
            byte[] prefix = Bytes(random, 1 + random.Next(3));
            byte[] key = Bytes(random, random.Next(5));
            ByteString end = KeyRange.PrefixEnd(ByteString.CopyFrom(prefix));
            bool isOpen = end.Length == 1 && end[0] == 0;
            bool isInside = key.AsSpan().SequenceCompareTo(prefix) >= 0 && (isOpen || key.AsSpan().SequenceCompareTo(end.Span) < 0);

            bool hasPrefix = key.AsSpan().StartsWith(prefix);

            // All of 0xff is the one prefix whose range cannot be closed behind it.
            Assert.True(isInside == hasPrefix || (isOpen && isInside), $"seed {seed}: {Convert.ToHexString(prefix)} {Convert.ToHexString(key)}");
        }
    }

    [Fact]
    public void Prefix_Empty_IsEverything() => Assert.Equal(KeyRange.All, KeyRange.Prefix(""));

    [Fact]
    public void From_Empty_BeginsAtTheFirstKeyThatCanExist() => Assert.Equal(KeyRange.All, KeyRange.From(""));

    // Few different values, so that equal and neighbouring bytes are common.
    private static byte[] Bytes(Random random, int count)
    {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++)
            bytes[i] = random.Next(4) switch { 0 => 0x00, 1 => 0x61, 2 => 0x62, _ => 0xff };
        return bytes;
    }

    private static ByteString FromHex(string text) => ByteString.CopyFrom(Convert.FromHexString(text));
}
