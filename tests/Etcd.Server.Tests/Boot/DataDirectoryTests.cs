using Etcd.Foundation.Files;
using Etcd.Foundation.Logging;
using Etcd.Server.Boot;
using Etcd.TestKit;

namespace Etcd.Server.Tests.Boot;

public sealed class DataDirectoryTests : IDisposable
{
    private readonly TempDirectory _folder = new();

    [Fact]
    public void Prepare_NothingThere_CreatesFoldersForTheOwnerOnly()
    {
        MemberOptions options = Options(_folder.Combine("deep/er/data"));
        DataDirectory.Prepare(RealFileSystem.Instance, options, Logger.None);
        Assert.True(Directory.Exists(options.SnapDirectory));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(options.DataDirectory));
        Assert.Equal(["member"], Directory.GetFileSystemEntries(options.DataDirectory).Select(Path.GetFileName));
        DataDirectory.Prepare(RealFileSystem.Instance, options, Logger.None);
    }

    [Fact]
    public void Prepare_AFileInItsPlace_IsRefusedWithItsPath()
    {
        string path = _folder.Combine("file");
        File.WriteAllText(path, "");
        BootException refusal = Assert.Throws<BootException>(() => DataDirectory.Prepare(RealFileSystem.Instance, Options(path), Logger.None));
        Assert.Contains(path, refusal.Cure, StringComparison.Ordinal);
    }

    [Fact]
    public void Prepare_MemberAndProxy_IsRefused()
    {
        Directory.CreateDirectory(_folder.Combine("data/member"));
        Directory.CreateDirectory(_folder.Combine("data/proxy"));
        Assert.Throws<BootException>(() => DataDirectory.Prepare(RealFileSystem.Instance, Options(_folder.Combine("data")), Logger.None));
    }

    public void Dispose() => _folder.Dispose();

    private static MemberOptions Options(string path) => new()
    {
        Name = "m1",
        DataDirectory = path,
        PeerUrls = [],
        ClientUrls = [],
        InitialCluster = "",
    };
}
