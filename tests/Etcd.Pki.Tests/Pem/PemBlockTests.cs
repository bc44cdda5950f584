using Etcd.Pki.Pem;

namespace Etcd.Pki.Tests.Pem;

public sealed class PemBlockTests
{
    private const string Good = "-----BEGIN A-----\nAQID\n-----END A-----\n";

    [Fact]
    public void TryRead_TextAround_BlockAndRest()
    {
        Assert.True(PemBlock.TryRead("noise\n" + Good + "more", out PemBlock? block, out ReadOnlySpan<char> rest));
        Assert.Equal("A", block.Label);
        Assert.Equal([1, 2, 3], block.Bytes);
        Assert.Equal("more", rest.ToString());
    }

    [Fact]
    public void TryRead_Headers_AreKept()
    {
        Assert.True(PemBlock.TryRead("-----BEGIN K-----\r\nProc-Type: 4,ENCRYPTED\r\nDEK-Info: X,00\r\n\r\nAQID\r\n-----END K-----\r\n", out PemBlock? block, out _));
        Assert.Equal("4,ENCRYPTED", block.Headers["Proc-Type"]);
        Assert.Equal("X,00", block.Headers["DEK-Info"]);
        Assert.Equal([1, 2, 3], block.Bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-----BEGIN A-----\nAQID\n")]
    [InlineData("AQID\n-----END A-----\n")]
    [InlineData("-----BEGIN A-----\nAQID\n-----END B-----\n")]
    [InlineData("-----BEGIN A----\nAQID\n-----END A-----\n")]
    [InlineData("-----BEGIN A-----\n!!!!\n-----END A-----\n")]
    [InlineData("x-----BEGIN A-----\nAQID\n-----END A-----\n")]
    public void TryRead_Broken_False(string text) => Assert.False(PemBlock.TryRead(text, out _, out _));

    [Theory]
    [InlineData("-----BEGIN A-----\n!!\n-----END A-----\n")]
    [InlineData("-----BEGIN A-----\n")]
    [InlineData("-----BEGIN A-----\nAQ\n-----END B-----\n")]
    public void TryRead_BrokenBeforeGood_FindsTheGoodOne(string broken)
    {
        Assert.True(PemBlock.TryRead(broken + Good, out PemBlock? block, out _));
        Assert.Equal([1, 2, 3], block.Bytes);
    }

    [Fact]
    public void ReadAll_ManyBeginsWithoutEnd_IsLinear()
    {
        string hostile = string.Concat(Enumerable.Repeat("-----BEGIN X-----\n", 200_000));
        Assert.Empty(PemBlock.ReadAll(hostile));
        Assert.Single(PemBlock.ReadAll(hostile + Good));
    }

    [Fact]
    public void Write_AnyLength_ReadsBack()
    {
        for (int length = 0; length < 200; length++)
        {
            byte[] bytes = [.. Enumerable.Range(0, length).Select(static i => (byte)i)];
            string text = PemBlock.Write("T", bytes);
            Assert.EndsWith("-----END T-----\n", text, StringComparison.Ordinal);
            Assert.All(text.Split('\n'), static line => Assert.True(line.Length <= 64));
            if (length > 0)
                Assert.Equal(bytes, Assert.Single(PemBlock.ReadAll(text)).Bytes);
        }
    }
}
