using Etcd.Foundation;
using Etcd.Protocol.Raft;
using Etcd.Store.Backend;
using Etcd.TestKit.Disks;
using static Etcd.Store.Tests.Backend.BackendFixture;

namespace Etcd.Store.Tests.Backend;

public class BatchingBackendTests
{
    [Fact]
    public void Put_BeforeAnyCommit_IsVisible()
    {
        using BatchingBackend backend = Open(NewDisk());
        backend.Apply(1, () => backend.Put(Bucket.Auth, Bytes("a"), Bytes("1")));
        Assert.Equal("1", backend.Text(Bucket.Auth, "a"));
        Assert.Null(backend.Text(Bucket.Auth, "b"));
        Assert.Null(backend.Text(Bucket.AuthUsers, "a"));
    }

    [Fact]
    public void Scan_PagesAndBatchesTogether_NewestWinsInKeyOrder()
    {
        using BatchingBackend backend = Open(NewDisk());
        backend.Apply(1, () =>
        {
            backend.Put(Bucket.Lease, Bytes("c"), Bytes("1"));
            backend.Put(Bucket.Lease, Bytes("a"), Bytes("1"));
            backend.Put(Bucket.Lease, Bytes("b"), Bytes("1"));
        });
        Assert.True(backend.CommitNow());
        backend.Apply(2, () =>
        {
            backend.Put(Bucket.Lease, Bytes("a"), Bytes("2"));
            backend.Delete(Bucket.Lease, Bytes("b"));
            backend.Put(Bucket.Lease, Bytes("d"), Bytes("2"));
        });
        Assert.Equal(["a=2", "c=1", "d=2"], backend.Scan(Bucket.Lease).Select(p => $"{Text(p.Key)}={Text(p.Value)}"));
        Assert.Null(backend.Text(Bucket.Lease, "b"));
        Assert.True(backend.CommitNow());
        Assert.Equal(["a=2", "c=1", "d=2"], backend.Scan(Bucket.Lease).Select(p => $"{Text(p.Key)}={Text(p.Value)}"));
    }

    [Fact]
    public void Records_PagesAndBatches_AreFoundAndWalkedInOrder()
    {
        using BatchingBackend backend = Open(NewDisk());
        for (ulong index = 1; index <= 3; index++)
        {
            backend.Apply(index, () => backend.AppendRecord((long)index + 1, $"v{index}"));
            if (index < 3)
                backend.CommitNow();
        }
        backend.Apply(4, () => backend.AppendRecord(new Revision(5, 7), tombstone: true, Bytes("k")));
        Assert.Equal(["2.0=v1", "3.0=v2", "4.0=v3", "5.7t=k"], backend.Records());
        Assert.Equal(["4.0=v3", "5.7t=k"], backend.Records(from: 4));
        Assert.Equal(("v1", "v3", null), (backend.Record(2), backend.Record(4), backend.Record(6)));
    }

    [Fact]
    public void PinnedView_LaterWritesAndCommits_StaysAsItWas()
    {
        using BatchingBackend backend = Open(NewDisk());
        backend.Apply(1, () => backend.AppendRecord(2, "old"));
        backend.CommitNow();
        BackendView view = backend.Pin();
        for (ulong index = 2; index < 300; index++)
        {
            backend.Apply(index, () => backend.AppendRecord((long)index + 1, new string('x', 500)));
            backend.CommitNow();
        }
        Assert.True(view.TryGetRecord(new Revision(2, 0), out ReadOnlySpan<byte> value));
        Assert.Equal("old"u8, value);
        Assert.False(view.TryGetRecord(new Revision(200, 0), out _));
        view.Unpin();
        Assert.Equal(1, backend.OpenReaders); // The backend's own.
    }

    [Fact]
    public void CommitNow_Reopened_HasIndexTermAndMembership()
    {
        CrashDisk disk = NewDisk();
        using (BatchingBackend backend = Open(disk))
        {
            Assert.Equal((0ul, 0ul, null), (backend.ConsistentIndex, backend.ConsistentTerm, backend.ConfState));
            backend.BeginApply(7, 3);
            backend.SetConfState(new ConfState { Voters = [1, 18446744073709551615], Learners = [5] });
            backend.EndApply();
            Assert.True(backend.CommitNow());
        }
        using BatchingBackend reopened = Open(disk);
        Assert.Equal((7ul, 3ul), (reopened.ConsistentIndex, reopened.ConsistentTerm));
        Assert.Equal(new ConfState { Voters = [1, 18446744073709551615], Learners = [5] }, reopened.ConfState);
        Assert.Equal("""{"voters":[1,18446744073709551615],"learners":[5],"auto_leave":false}""", reopened.Text(Bucket.Meta, "confState"));
    }

    [Fact]
    public void CommitIfPending_OnlyTheIndexMoved_WaitsForAnotherReason()
    {
        CrashDisk disk = NewDisk();
        using BatchingBackend backend = Open(disk);
        backend.Apply(1, () => { });
        Assert.True(backend.CommitIfPending());
        Assert.Null(backend.Text(Bucket.Meta, "consistent_index"));
        Assert.True(backend.CommitNow());
        Assert.NotNull(backend.Text(Bucket.Meta, "consistent_index"));
    }

    [Fact]
    public void NewDatabase_HasNoIndexRecord()
    {
        using BatchingBackend backend = Open(NewDisk());
        backend.CommitNow();
        Assert.Null(backend.Text(Bucket.Meta, "consistent_index"));
    }

    [Fact]
    public void CommitNow_DiskFull_KeepsEverythingUntilThereIsRoom()
    {
        CrashDisk disk = NewDisk();
        var observer = new Observer();
        using (BatchingBackend backend = Open(disk, Options with { Observer = observer }))
        {
            disk.CapacityBytes = disk.UsedBytes;
            for (ulong index = 1; index <= 40; index++)
                backend.Apply(index, () => backend.AppendRecord((long)index + 1, new string('v', 100_000)));
            Assert.False(backend.CommitNow());
            Assert.False(backend.CommitIfPending());
            Assert.Equal(BackendHealth.OutOfSpace, backend.Health);
            Assert.Equal(2, observer.Full);
            Assert.Equal(100_000, backend.Record(20)?.Length);
            Assert.Equal(40, backend.PendingOperations);

            disk.CapacityBytes = long.MaxValue;
            Assert.True(backend.CommitIfPending());
            Assert.Equal((BackendHealth.Ok, 0), (backend.Health, backend.PendingOperations));
            Assert.Equal([40], observer.Operations);
        }
        using BatchingBackend reopened = Open(disk);
        Assert.Equal(40, reopened.Records().Count);
        Assert.Equal(40ul, reopened.ConsistentIndex);
    }

    [Fact]
    public void CommitNow_SyncFails_IsNeverTriedAgain()
    {
        CrashDisk disk = NewDisk();
        var observer = new Observer();
        using BatchingBackend backend = Open(disk, Options with { Observer = observer });
        backend.Apply(1, () => backend.AppendRecord(2, "v"));
        disk.Fault = operation => operation.Kind == DiskOperationKind.Sync ? DiskFault.Error : DiskFault.None;
        Assert.ThrowsAny<IOException>(() => backend.CommitNow());
        Assert.Equal(BackendHealth.Failed, backend.Health);
        disk.Fault = null;
        Assert.ThrowsAny<IOException>(() => backend.CommitNow());
        Assert.Equal(1, observer.Failures);
    }

    [Fact]
    public void EndApply_TooMuchPending_WaitsForTheDisk()
    {
        CrashDisk disk = NewDisk();
        using var release = new ManualResetEventSlim();
        using BatchingBackend backend = Open(disk, Options with { BatchLimit = 10, MaxPendingOperations = 50 });
        disk.Fault = _ =>
        {
            release.Wait();
            return DiskFault.None;
        };
        backend.StartCommitThread();
        int applied = 0;
        var apply = new Thread(() =>
        {
            for (ulong index = 1; index <= 200; index++)
            {
                backend.Apply(index, () => backend.AppendRecord((long)index + 1, "v"));
                Interlocked.Increment(ref applied);
            }
        });
        apply.Start();
        SpinWait.SpinUntil(() => backend.IsFull);
        Assert.Equal(49, Volatile.Read(ref applied)); // The fiftieth entry is in and waits.
        release.Set();
        apply.Join();
        Assert.Equal(200, backend.Records().Count);
    }

    [Fact]
    public void CommitThread_FullBatch_CommitsBeforeTheInterval()
    {
        using var committed = new ManualResetEventSlim();
        var observer = new Observer { OnCommit = committed.Set };
        using BatchingBackend backend = Open(NewDisk(), Options with { BatchLimit = 5, BatchInterval = TimeSpan.FromHours(1), Observer = observer });
        backend.StartCommitThread();
        for (ulong index = 1; index <= 5; index++)
            backend.Apply(index, () => backend.AppendRecord((long)index + 1, "v"));
        Assert.True(committed.Wait(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void CommitNow_InsideAnEntry_IsRefused()
    {
        using BatchingBackend backend = Open(NewDisk());
        backend.BeginApply(1, 1);
        Assert.Throws<InvariantException>(() => backend.CommitNow());
        backend.EndApply();
    }

    [Fact]
    public void BeginApply_EntryThatIsInTheDatabase_IsRefused()
    {
        using BatchingBackend backend = Open(NewDisk());
        backend.Apply(5, () => { });
        Assert.Throws<InvariantException>(() => backend.BeginApply(5, 1));
    }

    [Fact]
    public void OpenSnapshot_WritesGoOn_CopyIsTheMomentOfOpening()
    {
        CrashDisk disk = NewDisk();
        using BatchingBackend backend = Open(disk);
        backend.Apply(1, () => backend.AppendRecord(2, "then"));
        using BackendSnapshot snapshot = backend.OpenSnapshot();
        backend.Apply(2, () => backend.AppendRecord(3, "later"));
        backend.CommitNow();
        byte[] copy = new byte[snapshot.Length];
        int filled = 0;
        for (int read; (read = snapshot.Read(copy.AsSpan(filled, Math.Min(1000, copy.Length - filled)))) > 0;)
            filled += read;
        Assert.Equal(copy.Length, filled);
        Assert.Equal(1ul, snapshot.ConsistentIndex);
        CrashDisk other = NewDisk();
        other.Install(DatabasePath, copy);
        using BatchingBackend restored = Open(other);
        Assert.Equal(["2.0=then"], restored.Records());
        Assert.Equal(1ul, restored.ConsistentIndex);
    }

    [Fact]
    public void Defragment_WithPendingWritesAndReaders_LosesNothing()
    {
        CrashDisk disk = NewDisk();
        using (BatchingBackend backend = Open(disk))
        {
            for (ulong index = 1; index <= 200; index++)
                backend.Apply(index, () => backend.Put(Bucket.Lease, Bytes($"{index}"), new byte[3000]));
            backend.CommitNow();
            for (ulong index = 201; index <= 390; index++)
                backend.Apply(index, () => backend.Delete(Bucket.Lease, Bytes($"{index - 200}")));
            backend.CommitNow();
            backend.Apply(391, () => backend.AppendRecord(2, "pending"));
            long before = backend.SizeBytes;
            BackendView view = backend.Pin();
            backend.Defragment();
            Assert.True(backend.SizeBytes < before / 4, $"{before} bytes became {backend.SizeBytes}");
            Assert.True(view.TryGetRecord(new Revision(2, 0), out _));
            Assert.Equal(10, view.List(Bucket.Lease).Count);
            view.Unpin();
            Assert.Equal(10, backend.Scan(Bucket.Lease).Count);
            backend.Apply(392, () => backend.AppendRecord(3, "after"));
        }
        using BatchingBackend reopened = Open(disk);
        Assert.Equal(["2.0=pending", "3.0=after"], reopened.Records());
        Assert.Equal(392ul, reopened.ConsistentIndex);
        Assert.Equal(["db"], disk.List("/data"));
    }

    [Fact]
    public void Defragment_NoRoomForTheCopy_ChangesNothing()
    {
        CrashDisk disk = NewDisk();
        using BatchingBackend backend = Open(disk);
        for (ulong index = 1; index <= 100; index++)
            backend.Apply(index, () => backend.AppendRecord((long)index + 1, new string('v', 10_000)));
        backend.CommitNow();
        disk.CapacityBytes = disk.UsedBytes + 100_000;
        Assert.ThrowsAny<IOException>(backend.Defragment);
        Assert.Equal(["db"], disk.List("/data"));
        Assert.Equal(100, backend.Records().Count);
        backend.Apply(101, () => backend.AppendRecord(102, "v"));
        Assert.True(backend.CommitNow());
    }

    [Fact]
    public void ReplaceDatabase_PendingWritesAreForgotten_NewContentsAreThere()
    {
        CrashDisk disk = NewDisk();
        byte[] other;
        using (BatchingBackend leader = Open(disk))
        {
            leader.Apply(90, () => leader.AppendRecord(50, "leader"));
            leader.CommitNow();
            other = disk.ReadAllBytes(DatabasePath);
        }
        disk = NewDisk();
        using BatchingBackend backend = Open(disk);
        backend.Apply(1, () => backend.AppendRecord(2, "mine"));
        disk.Install("/data/received.snap.db", other);
        backend.ReplaceDatabase("/data/received.snap.db");
        Assert.Equal(["50.0=leader"], backend.Records());
        Assert.Equal(90ul, backend.ConsistentIndex);
        backend.Apply(91, () => backend.AppendRecord(51, "next"));
        backend.CommitNow();
        Assert.Equal(["50.0=leader", "51.0=next"], backend.Records());
        Assert.Equal(["db"], disk.List("/data"));
    }

    private static string Text(ReadOnlyMemory<byte> bytes) => System.Text.Encoding.UTF8.GetString(bytes.Span);

    private sealed class Observer : ICommitObserver
    {
        public List<int> Operations { get; } = [];

        public int Full { get; private set; }

        public int Failures { get; private set; }

        public Action? OnCommit { get; init; }

        public void Committed(in CommitReport report)
        {
            Operations.Add(report.Operations);
            OnCommit?.Invoke();
        }

        public void OutOfSpace(IOException reason) => Full++;

        public void Failed(Exception reason) => Failures++;
    }
}
