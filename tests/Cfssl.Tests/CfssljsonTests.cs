using Etcd.TestKit;

namespace Cfssl.Tests;

/// <summary>cfssljson against the original: files, modes, contents, messages, exit codes.</summary>
public sealed class CfssljsonTests : IDisposable
{
    private readonly TempDirectory _theirs = new();
    private readonly TempDirectory _ours = new();

    public void Dispose()
    {
        _theirs.Dispose();
        _ours.Dispose();
    }

    [Theory]
    [InlineData("""{"cert":"C","key":"K","csr":"R"}""", "-bare x")]
    [InlineData("""{"certificate":"C","private_key":"K","certificate_request":"R"}""", "-bare")]
    [InlineData("""{"encrypted_key":"aGVsbG8=","ocspResponse":"aGVsbG8=","cert":"","key":"K"}""", "-bare x")]
    [InlineData("""{"encrypted_key":"aGVsbG8=","ocspResponse":"aGVsbG8=","cert":"A","key":"K","csr":"C","bundle":"B"}""", "-bare -stdout x")]
    [InlineData("""{"bundle":"B","certificate":"c"}""", "-bare")]
    [InlineData("""{"success":true,"result":{"certificate":"c","private_key":"k"}}""", "b ignored")]
    [InlineData("""{"success":true,"result":null}""", "b")]
    [InlineData("""{"success":false,"errors":[{"code":1,"message":"m1"},{"code":2,"message":"m2"}]}""", "b")]
    [InlineData("""{"cert":"C"}""", "b")]
    [InlineData("""{"Cert":"C"}""", "-bare")]
    [InlineData("{}", "-bare")]
    [InlineData("null", "-bare")]
    [InlineData("[]", "-bare")]
    [InlineData("5", "b")]
    [InlineData("", "-bare b")]
    [InlineData("{bad}", "-bare b")]
    [InlineData("""{"success":"x"}""", "b")]
    [InlineData("""{"success":true,"result":5}""", "b")]
    [InlineData("""{"cert":"C"}""", "-bare /nonexistent/folder/x")]
    [InlineData("""{"cert":"C"}""", "-bare -f nofile x")]
    [InlineData("{}", "-bogus")]
    public void Run_AnyInput_AsTheOriginal(string json, string arguments)
    {
        string[] words = arguments.Split(' ');
        ToolResult theirs = RealTool.Run(DebianCfssl.JsonPath, words, json, _theirs.Path);
        ToolResult ours = RealTool.Run(OurTool.PathOf("cfssljson"), words, json, _ours.Path);
        Assert.Equal(theirs.ExitCode, ours.ExitCode);
        Assert.Equal(theirs.Output, ours.Output);
        if (theirs.ExitCode == 1)
            Assert.Equal(StderrLines.Of(theirs.Error), StderrLines.Of(ours.Error));
        Assert.Equal(Files(_theirs), Files(_ours));
    }

    [Theory]
    [InlineData("""{"cert":5,"key":"K"}""")]
    [InlineData("""{"cert":"C","ocspResponse":"!!"}""")]
    public void Run_OneBadValue_WritesNothingAtAll(string json)
    {
        ToolResult ours = RealTool.Run(OurTool.PathOf("cfssljson"), ["-bare", "x"], json, _ours.Path);
        Assert.Equal(1, ours.ExitCode);
        Assert.Empty(Directory.GetFiles(_ours.Path));
    }

    [Fact]
    public void Run_ExistingFiles_KeepTheirModeAndLinks()
    {
        string real = _ours.Combine("real.pem");
        File.WriteAllText(real, "old");
        File.SetUnixFileMode(real, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.CreateSymbolicLink(_ours.Combine("x.pem"), real);
        RealTool.Run(OurTool.PathOf("cfssljson"), ["-bare", "x"], """{"cert":"new"}""", _ours.Path).Succeeded();
        Assert.Equal("new", File.ReadAllText(real));
        Assert.NotNull(new FileInfo(_ours.Combine("x.pem")).LinkTarget);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(real));
        Assert.Equal(2, Directory.GetFileSystemEntries(_ours.Path).Length);
    }

    [Fact]
    public void Run_DeviceAsTarget_IsWrittenAndStays()
    {
        File.CreateSymbolicLink(_ours.Combine("x.pem"), "/dev/null");
        RealTool.Run(OurTool.PathOf("cfssljson"), ["-bare", "x"], """{"cert":"new"}""", _ours.Path).Succeeded();
        Assert.Equal("", File.ReadAllText("/dev/null"));
    }

    private static string Files(TempDirectory folder) => string.Join('\n', Directory.GetFiles(folder.Path).Order(StringComparer.Ordinal)
        .Select(static path => $"{Path.GetFileName(path)} {File.GetUnixFileMode(path)} {Convert.ToBase64String(File.ReadAllBytes(path))}"));
}
