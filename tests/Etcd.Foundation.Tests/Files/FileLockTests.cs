using System.Diagnostics;
using Etcd.Foundation.Files;
using Etcd.TestKit;

namespace Etcd.Foundation.Tests.Files;

/// <summary>Locks that a Go etcd must see. The other process is Python, whose fcntl and flock are the bare system calls.</summary>
public sealed class FileLockTests : IDisposable
{
    private const int OfdSetLock = 37; // F_OFD_SETLK

    private const string TryFlock = "fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)";

    private static readonly string s_tryOfd =
        $"fcntl.fcntl(f, {OfdSetLock}, struct.pack('hhqqi4x', fcntl.F_WRLCK, 0, 0, 0, 0))";

    private readonly TempDirectory _folder = new();

    private string FilePath => _folder.Combine("f");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void OpenFile_Alone_TakesNoLock()
    {
        using IFile file = Open();
        using IFile second = Open();
        Assert.True(file.TryLock(FileLockKind.FlockExclusive));
        file.Dispose();
        Assert.True(OtherProcessLocks(TryFlock));
        Assert.True(OtherProcessLocks(s_tryOfd));
    }

    [Theory]
    [InlineData(FileLockKind.FlockExclusive)]
    [InlineData(FileLockKind.OpenFileDescription)]
    public void TryLock_HeldByAnotherOpenFile_IsRefusedUntilItIsClosed(FileLockKind kind)
    {
        IFile holder = Open();
        Assert.True(holder.TryLock(kind));
        Assert.True(holder.TryLock(kind)); // Again by the holder: still his.
        using IFile other = Open();
        Assert.False(other.TryLock(kind));
        holder.Dispose();
        Assert.True(other.TryLock(kind));
    }

    [Fact]
    public void TryLock_Flock_ExcludesOtherProcess()
    {
        using IFile file = Open();
        Assert.True(file.TryLock(FileLockKind.FlockExclusive));
        Assert.False(OtherProcessLocks(TryFlock));
        Assert.True(OtherProcessLocks(s_tryOfd)); // The two kinds do not see each other.
    }

    [Fact]
    public void TryLock_OpenFileDescription_ExcludesOtherProcess()
    {
        using IFile file = Open();
        Assert.True(file.TryLock(FileLockKind.OpenFileDescription));
        Assert.False(OtherProcessLocks(s_tryOfd));
        Assert.True(OtherProcessLocks(TryFlock));
    }

    [Fact]
    public void TryLock_Shared_ManyReadersNoWriter()
    {
        using IFile first = Open();
        using IFile second = Open();
        using IFile writer = Open();
        Assert.True(first.TryLock(FileLockKind.FlockShared));
        Assert.True(second.TryLock(FileLockKind.FlockShared));
        Assert.False(writer.TryLock(FileLockKind.FlockExclusive));
    }

    private IFile Open() => RealFileSystem.Instance.OpenFile(FilePath, FileOpenMode.OpenOrCreate);

    private bool OtherProcessLocks(string call)
    {
        string script = $"import fcntl, struct, sys\nf = open(sys.argv[1], 'r+b')\ntry:\n    {call}\nexcept BlockingIOError:\n    sys.exit(3)\n";
        using var process = Process.Start(new ProcessStartInfo("python3", ["-c", script, FilePath]))!;
        process.WaitForExit();
        Assert.True(process.ExitCode is 0 or 3, $"python3 ended with {process.ExitCode}");
        return process.ExitCode == 0;
    }
}
