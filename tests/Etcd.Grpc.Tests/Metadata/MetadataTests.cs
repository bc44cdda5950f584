namespace Etcd.Grpc.Tests.MetadataTests;

public sealed class MetadataTests
{
    [Fact]
    public void Get_TwoValuesOfOneName_ReturnsFirst()
    {
        Metadata metadata = [new("Token", "a"), new("token", "b")];
        Assert.Equal("a", metadata.Get("TOKEN"));
        Assert.Null(metadata.Get("other"));
    }

    [Theory]
    [InlineData(new byte[] { 0, 1, 255 }, "AAH/")]
    [InlineData(new byte[] { 7 }, "Bw")]
    [InlineData(new byte[0], "")]
    public void Binary_Value_TravelsAsUnpaddedBase64(byte[] value, string wire)
    {
        var entry = new MetadataEntry("trace-bin", value);
        Assert.Equal(wire, entry.Value);
        Assert.Equal(value, MetadataEntry.FromWire("trace-bin", wire).ToBytes());
        Assert.Equal(value, MetadataEntry.FromWire("trace-bin", Convert.ToBase64String(value)).ToBytes());
    }

    [Fact]
    public void TryDecodeBinary_NoBase64_Fails() => Assert.False(MetadataEntry.TryDecodeBinary("*&^", out _));

    [Theory]
    [InlineData("", "x")]
    [InlineData("sp ace", "x")]
    [InlineData(":path", "x")]
    [InlineData("ok", "line\nbreak")]
    [InlineData("ok-bin", "text")]
    public void Entry_NotAHeader_IsRefused(string key, string value) =>
        Assert.Throws<ArgumentException>(() => new MetadataEntry(key, value));

    [Fact]
    public void Entry_BytesWithoutBinSuffix_AreRefused() =>
        Assert.Throws<ArgumentException>(() => new MetadataEntry("plain", new byte[] { 1 }));
}
