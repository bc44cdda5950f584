using System.Text;

namespace Etcd.Foundation.Tests;

public sealed class Crc32CTests
{
    [Theory]
    [InlineData("", 0u)]
    [InlineData("123456789", 0xE3069283u)]
    [InlineData("a", 0xC1D04330u)]
    public void Compute_KnownInput_KnownChecksum(string text, uint expected) =>
        Assert.Equal(expected, Crc32C.Compute(Encoding.ASCII.GetBytes(text)));

    // RFC 3720 (iSCSI), appendix B.4.
    [Fact]
    public void Compute_Rfc3720Vectors_Match()
    {
        Assert.Equal(0x8A9136AAu, Crc32C.Compute(new byte[32]));
        Assert.Equal(0x62A8AB43u, Crc32C.Compute(Enumerable.Repeat((byte)0xFF, 32).ToArray()));
        Assert.Equal(0x46DD794Eu, Crc32C.Compute(Enumerable.Range(0, 32).Select(static i => (byte)i).ToArray()));
        Assert.Equal(0x113FDB5Cu, Crc32C.Compute(Enumerable.Range(0, 32).Select(static i => (byte)(31 - i)).ToArray()));
    }

    [Fact]
    public void Update_EveryLengthAndAlignment_EqualsBitwiseTwin()
    {
        byte[] bytes = new byte[300];
        new Random(7).NextBytes(bytes);
        for (int start = 0; start < 16; start++)
        {
            for (int length = 0; length <= bytes.Length - start; length++)
                Assert.Equal(BitwiseTwin(0, bytes.AsSpan(start, length)), Crc32C.Compute(bytes.AsSpan(start, length)));
        }
    }

    [Fact]
    public void Update_SplitAnywhere_EqualsTheWhole()
    {
        byte[] bytes = new byte[129];
        new Random(8).NextBytes(bytes);
        uint whole = Crc32C.Compute(bytes);
        for (int split = 0; split <= bytes.Length; split++)
            Assert.Equal(whole, Crc32C.Update(Crc32C.Update(0, bytes.AsSpan(0, split)), bytes.AsSpan(split)));
    }

    /// <summary>The definition, one bit at a time.</summary>
    private static uint BitwiseTwin(uint crc, ReadOnlySpan<byte> bytes)
    {
        crc = ~crc;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78u : crc >> 1;
        }
        return ~crc;
    }
}
