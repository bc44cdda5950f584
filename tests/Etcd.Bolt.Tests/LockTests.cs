using Etcd.Foundation.Files;
using Etcd.TestKit;

namespace Etcd.Bolt.Tests;

public sealed class LockTests
{
    [Fact]
    public void Open_FileInUse_TellsThatItWaitsAndGivesUpAfterTheTimeout()
    {
        using var folder = new TempDirectory();
        using BoltDatabase first = BoltDatabase.Open(RealFileSystem.Instance, folder.Combine("db"));
        var waits = new List<TimeSpan>();
        var options = new BoltOptions { LockTimeout = TimeSpan.FromMilliseconds(120), WaitingForLock = waits.Add };
        BoltException e = Assert.Throws<BoltException>(() => BoltDatabase.Open(RealFileSystem.Instance, folder.Combine("db"), options));
        Assert.Equal("timeout", e.Message);
        Assert.NotEmpty(waits);
    }

    [Fact]
    public void Open_LockGivenUpMeanwhile_GoesOn()
    {
        using var folder = new TempDirectory();
        BoltDatabase first = BoltDatabase.Open(RealFileSystem.Instance, folder.Combine("db"));
        var options = new BoltOptions { WaitingForLock = _ => first.Dispose() };
        using BoltDatabase second = BoltDatabase.Open(RealFileSystem.Instance, folder.Combine("db"), options);
        Assert.Empty(second.Check());
    }

    [Fact]
    public void Open_Cancelled_EndsTheWait()
    {
        using var folder = new TempDirectory();
        using BoltDatabase first = BoltDatabase.Open(RealFileSystem.Instance, folder.Combine("db"));
        using var stop = new CancellationTokenSource();
        var options = new BoltOptions { WaitingForLock = _ => stop.Cancel() };
        Assert.Throws<OperationCanceledException>(() => BoltDatabase.Open(RealFileSystem.Instance, folder.Combine("db"), options, stop.Token));
    }

    [Fact]
    public void Open_ReadOnly_SharesTheFileWithOtherReadersOnly()
    {
        using var folder = new TempDirectory();
        var readOnly = new BoltOptions { ReadOnly = true, LockTimeout = TimeSpan.Zero };
        using (BoltDatabase writer = BoltDatabase.Open(RealFileSystem.Instance, folder.Combine("db")))
            Assert.Throws<BoltException>(() => BoltDatabase.Open(RealFileSystem.Instance, folder.Combine("db"), readOnly));
        using BoltDatabase first = BoltDatabase.Open(RealFileSystem.Instance, folder.Combine("db"), readOnly);
        using BoltDatabase second = BoltDatabase.Open(RealFileSystem.Instance, folder.Combine("db"), readOnly);
        Assert.Equal(BoltError.DatabaseReadOnly, Assert.Throws<BoltException>(first.BeginWrite).Error);
        Assert.Throws<BoltException>(() => BoltDatabase.Open(RealFileSystem.Instance, folder.Combine("db"), new BoltOptions { LockTimeout = TimeSpan.Zero }));
        Assert.Empty(second.Check());
    }
}
