using Etcd.Protocol.Wire;

namespace Etcd.Protocol.Tests.Wire;

public class WireReaderTests
{
    [Theory]
    [InlineData("", true)] // An empty message.
    [InlineData("0801", true)] // 1: 1
    [InlineData("08", false)] // A tag without a value.
    [InlineData("0880", false)] // A number that does not end.
    [InlineData("08ffffffffffffffffff01", true)] // The largest number: 64 bits.
    [InlineData("08ffffffffffffffffff02", false)] // A 65th bit.
    [InlineData("088080808080808080808000", false)] // Eleven bytes.
    [InlineData("0000", false)] // Field 0.
    [InlineData("808080808001", false)] // A tag of more than 32 bits.
    [InlineData("0a0161", true)]
    [InlineData("0a0261", false)] // Longer than the message.
    [InlineData("0affffffffffffffffff01", false)] // A length of 2^64 - 1.
    [InlineData("0d01020304", true)] // fixed32
    [InlineData("0d010203", false)]
    [InlineData("090102030405060708", true)] // fixed64
    [InlineData("0901020304050607", false)]
    [InlineData("0b0c", false)] // A group.
    [InlineData("0c", false)] // An end without a group.
    [InlineData("0e", false)] // Wire type 6 does not exist.
    [InlineData("0f", false)]
    public void Skip_AnyBytes_AcceptsExactlyWellFormedOnes(string hex, bool wellFormed)
    {
        byte[] message = Convert.FromHexString(hex);
        if (wellFormed)
            SkipAll(message);
        else
            Assert.Throws<WireFormatException>(() => SkipAll(message));
    }

    [Fact]
    public void ReadBytes_FieldIsANumber_IsRefused() =>
        Assert.Throws<WireFormatException>(() => PutRequestFields.Parse([0x08, 0x01, 0x12, 0x01, 0x61]));

    [Theory]
    [InlineData(0ul, 1)]
    [InlineData(127ul, 1)]
    [InlineData(128ul, 2)]
    [InlineData(16383ul, 2)]
    [InlineData(16384ul, 3)]
    [InlineData((1ul << 56) - 1, 8)]
    [InlineData(1ul << 56, 9)]
    [InlineData((1ul << 63) - 1, 9)]
    [InlineData(1ul << 63, 10)]
    [InlineData(ulong.MaxValue, 10)]
    public void Varint_AnyNumber_TakesTheSizeThatWasPromised(ulong value, int bytes)
    {
        Span<byte> target = stackalloc byte[11];
        var writer = new WireWriter(target);
        writer.WriteField(1, value);
        Assert.Equal(1 + bytes, writer.BytesWritten);
        Assert.Equal(bytes, WireWriter.VarintSize(value));
    }

    private static void SkipAll(byte[] message)
    {
        var reader = new WireReader(message);
        while (reader.TryReadTag(out _, out WireType type))
            reader.Skip(type);
    }
}
