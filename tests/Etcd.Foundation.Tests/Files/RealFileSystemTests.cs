using System.Runtime.Versioning;
using Etcd.Foundation.Files;
using Etcd.TestKit;

namespace Etcd.Foundation.Tests.Files;

[SupportedOSPlatform("linux")]
public sealed class RealFileSystemTests : IDisposable
{
    private static readonly RealFileSystem s_files = RealFileSystem.Instance;
    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void OpenFile_Created_HasTheModeBitsAsked()
    {
        string path = _folder.Combine("private");
        s_files.OpenFile(path, FileOpenMode.OpenOrCreate).Dispose();
        Assert.Equal(FilePermissions.Private, File.GetUnixFileMode(path));
    }

    [Fact]
    public void CreateDirectory_Created_IsPrivate()
    {
        string path = _folder.Combine("wal");
        s_files.CreateDirectory(path);
        s_files.CreateDirectory(path);
        Assert.Equal(FilePermissions.PrivateDirectory, File.GetUnixFileMode(path));
        Assert.Throws<DirectoryNotFoundException>(() => s_files.CreateDirectory(_folder.Combine("missing/wal")));
    }

    [Theory]
    [InlineData(FileOpenMode.Read)]
    [InlineData(FileOpenMode.ReadWrite)]
    public void OpenFile_Missing_Throws(FileOpenMode mode) =>
        Assert.Throws<FileNotFoundException>(() => s_files.OpenFile(_folder.Combine("missing"), mode));

    [Fact]
    public void OpenFile_Existing_KeptOrEmptiedAsAsked()
    {
        string path = _folder.Combine("f");
        File.WriteAllBytes(path, [1, 2, 3]);
        using (IFile kept = s_files.OpenFile(path, FileOpenMode.OpenOrCreate))
            Assert.Equal(3, kept.Length);
        using (IFile emptied = s_files.OpenFile(path, FileOpenMode.Truncate))
            Assert.Equal(0, emptied.Length);
    }

    [Fact]
    public void Read_PastTheEnd_ReturnsWhatIsThere()
    {
        using IFile file = s_files.OpenFile(_folder.Combine("f"), FileOpenMode.OpenOrCreate);
        file.Write(4, [1, 2, 3]);
        byte[] buffer = new byte[10];
        Assert.Equal(7, file.Read(0, buffer));
        Assert.Equal([0, 0, 0, 0, 1, 2, 3, 0, 0, 0], buffer);
        Assert.Equal(0, file.Read(7, buffer));
    }

    [Fact]
    public void Preallocate_Larger_GrowsWithZerosAndNeverShrinks()
    {
        using IFile file = s_files.OpenFile(_folder.Combine("f"), FileOpenMode.OpenOrCreate);
        file.Write(0, [1]);
        file.Preallocate(1_000_000);
        Assert.Equal(1_000_000, file.Length);
        file.Preallocate(10);
        Assert.Equal(1_000_000, file.Length);
        file.SetLength(1);
        Assert.Equal(1, file.Length);
        file.SyncData();
        file.Sync();
    }

    [Fact]
    public void List_MixedNames_OrdinalOrder()
    {
        foreach (string name in (string[])["b", "B", "a1", "a", "é"])
            File.WriteAllText(_folder.Combine(name), "");
        Directory.CreateDirectory(_folder.Combine("c"));
        Assert.Equal(["B", "a", "a1", "b", "c", "é"], s_files.List(_folder.Path));
    }

    [Fact]
    public void Rename_FileOntoFile_Replaces()
    {
        File.WriteAllText(_folder.Combine("from"), "new");
        File.WriteAllText(_folder.Combine("to"), "old");
        s_files.Rename(_folder.Combine("from"), _folder.Combine("to"));
        Assert.Equal("new", File.ReadAllText(_folder.Combine("to")));
        Assert.False(s_files.FileExists(_folder.Combine("from")));
    }

    [Fact]
    public void Rename_DirectoryWithAnOpenLockedFile_FileStaysUsableAndLocked()
    {
        s_files.CreateDirectory(_folder.Combine("wal.tmp"));
        using IFile file = s_files.OpenFile(_folder.Combine("wal.tmp/f"), FileOpenMode.OpenOrCreate);
        Assert.True(file.TryLock(FileLockKind.OpenFileDescription));
        s_files.Rename(_folder.Combine("wal.tmp"), _folder.Combine("wal"));
        file.Write(0, [9]);
        using IFile other = s_files.OpenFile(_folder.Combine("wal/f"), FileOpenMode.ReadWrite);
        Assert.Equal(1, other.Length);
        Assert.False(other.TryLock(FileLockKind.OpenFileDescription));
    }

    [Fact]
    public void Delete_NotThere_DoesNothing()
    {
        s_files.DeleteFile(_folder.Combine("missing"));
        s_files.DeleteDirectory(_folder.Combine("missing"));
        s_files.SyncDirectory(_folder.Path);
        Assert.Throws<IOException>(() => s_files.SyncDirectory(_folder.Combine("missing")));
    }

    [Fact]
    public unsafe void Map_WrittenThroughTheFile_SeenInTheMapping()
    {
        using IFile file = s_files.OpenFile(_folder.Combine("f"), FileOpenMode.OpenOrCreate);
        file.SetLength(8192);
        using IFileMapping mapping = file.Map(16384);
        file.Write(5000, [42]);
        Assert.Equal(42, mapping.Pointer[5000]);
        Assert.Equal(16384, mapping.Length);
    }

    [Fact]
    public void IsNoSpace_FullDevice_IsToldFromOtherErrors()
    {
        using IFile full = s_files.OpenFile("/dev/full", FileOpenMode.ReadWrite);
        IOException noSpace = Assert.ThrowsAny<IOException>(() => full.Write(0, [1]));
        Assert.True(DiskErrors.IsNoSpace(noSpace));
        Assert.False(DiskErrors.IsNoSpace(new IOException("other")));
        Assert.False(DiskErrors.IsNoSpace(new InvalidOperationException { HResult = 28 }));
    }
}
