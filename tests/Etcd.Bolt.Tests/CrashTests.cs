using System.Text;
using Etcd.TestKit.Disks;

namespace Etcd.Bolt.Tests;

/// <summary>Power cuts at every point of a workload: the next boot finds the last acknowledged commit or the one in flight.</summary>
public sealed class CrashTests
{
    private const string Db = "/db";

    private static BoltOptions Options(bool noFreelistSync) => new()
    {
        InitialMapBytes = 0,
        NoFreelistSync = noFreelistSync,
        PageSizeBytes = 1024,
    };

    public static TheoryData<int, bool> Runs() => new()
    {
        { 1, true }, { 2, true }, { 3, true }, { 4, false }, { 5, false },
    };

    [Theory]
    [MemberData(nameof(Runs))]
    public void PowerCut_BeforeEveryOperation_LeavesAnAcknowledgedState(int seed, bool noFreelistSync)
    {
        var disk = new CrashDisk(seed);
        var workload = new Workload(seed);
        long checkedStates = 0;
        disk.Fault = operation =>
        {
            for (int fate = 0; fate < 4; fate++)
            {
                UnsyncedFates fates = fate switch { 0 => UnsyncedFates.Dropped, 1 => UnsyncedFates.Kept, _ => UnsyncedFates.All };
                int cutSeed = (int)((operation.Ordinal * 10) + fate);
                AssertRecovers(disk.AfterPowerCut(cutSeed, fates), workload, Options(noFreelistSync), $"seed {seed}, before {operation}, cut seed {cutSeed}, {fates}");
                checkedStates++;
            }
            return DiskFault.None;
        };
        workload.Run(disk, Options(noFreelistSync));
        Assert.True(checkedStates > 300, $"only {checkedStates} power cuts");
    }

    [Fact]
    public void PowerCut_DuringAnOperation_LeavesAnAcknowledgedState()
    {
        const int Seed = 9;
        var dry = new CrashDisk(Seed);
        new Workload(Seed).Run(dry, Options(true));
        for (long at = 1; at <= dry.Operations; at++)
        {
            var disk = new CrashDisk(Seed);
            var workload = new Workload(Seed);
            disk.Fault = operation => operation.Ordinal == at ? DiskFault.PowerCut : DiskFault.None;
            Assert.Throws<PowerCutException>(() => workload.Run(disk, Options(true)));
            AssertRecovers(disk.AfterPowerCut((int)at), workload, Options(true), $"seed {Seed}, during operation {at}");
        }
    }

    [Fact]
    public void Reopen_AfterTwoPowerCuts_StillRecovers()
    {
        // The second boot writes into pages that the first cut left garbled, then loses power as well.
        for (int seed = 0; seed < 40; seed++)
        {
            var dry = new CrashDisk(seed);
            new Workload(seed).Run(dry, Options(true));
            var disk = new CrashDisk(seed);
            var workload = new Workload(seed);
            long cutAt = 1 + (seed * 7 % dry.Operations);
            disk.Fault = operation => operation.Ordinal == cutAt ? DiskFault.PowerCut : DiskFault.None;
            Assert.Throws<PowerCutException>(() => workload.Run(disk, Options(true)));
            CrashDisk second = disk.AfterPowerCut(seed);
            Workload resumed = workload.Resume(second, Options(true), seed);
            second.Fault = operation => operation.Ordinal == 25 ? DiskFault.PowerCut : DiskFault.None;
            Assert.Throws<PowerCutException>(() => resumed.Run(second, Options(true)));
            AssertRecovers(second.AfterPowerCut(seed + 1), resumed, Options(true), $"seed {seed}");
        }
    }

    [Fact]
    public void Open_CreationCutOff_StartsAnEmptyDatabase()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            for (int at = 1; at <= 6; at++)
            {
                var disk = new CrashDisk(seed);
                int cutAt = at;
                disk.Fault = operation => operation.Ordinal == cutAt ? DiskFault.PowerCut : DiskFault.None;
                Assert.Throws<PowerCutException>(() => BoltDatabase.Open(disk, Db, Options(true)));
                using BoltDatabase database = BoltDatabase.Open(disk.AfterPowerCut(seed), Db, Options(true));
                Assert.Empty(database.Check());
                Assert.Equal(new Twin(), Twin.Of(database));
            }
        }
    }

    [Fact]
    public void Kill_WithoutPowerCut_KeepsEveryFinishedCommitEvenUnsynced()
    {
        var disk = new CrashDisk(1);
        using BoltDatabase database = BoltDatabase.Open(disk, Db, new BoltOptions { InitialMapBytes = 0, NoSync = true });
        using (BoltWriteTransaction write = database.BeginWrite())
        {
            write.CreateBucket("b"u8).Put("k"u8, "v"u8);
            write.Commit();
        }
        BoltWriteTransaction lost = database.BeginWrite();
        lost.Bucket("b"u8).Put("k"u8, "not committed"u8);
        using BoltDatabase next = BoltDatabase.Open(disk.AfterPowerCut(1, UnsyncedFates.Kept), Db, new BoltOptions { InitialMapBytes = 0 });
        Assert.Equal("v"u8, Twin.Of(next).Bucket("b"u8)!.Get("k"u8)!);
        lost.Dispose();
    }

    private static void AssertRecovers(CrashDisk disk, Workload workload, BoltOptions options, string when)
    {
        try
        {
            using BoltDatabase database = BoltDatabase.Open(disk, Db, options);
            Assert.Empty(database.Check());
            Twin found = Twin.Of(database);
            if (!found.Equals(workload.Acknowledged) && !found.Equals(workload.InFlight))
                Assert.Fail($"found neither transaction {workload.Transactions} nor the one before:\n{found}");
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{when}: {e.Message}", e);
        }
    }

    /// <summary>Commits of random changes, with what the disk must hold before and after each.</summary>
    private sealed class Workload(int seed)
    {
        private const int Commits = 14;
        private readonly Random _random = new(seed);

        public Twin Acknowledged { get; private set; } = new();

        public Twin InFlight { get; private set; } = new();

        public int Transactions { get; private set; }

        public void Run(CrashDisk disk, BoltOptions options)
        {
            using BoltDatabase database = BoltDatabase.Open(disk, Db, options);
            for (int i = 0; i < Commits; i++)
            {
                Transactions++;
                Twin next = Acknowledged.Clone();
                using BoltWriteTransaction write = database.BeginWrite();
                Change(write, next);
                InFlight = next;
                write.Commit();
                Acknowledged = next;
            }
        }

        /// <summary>A workload that goes on from what a boot found.</summary>
        public Workload Resume(CrashDisk disk, BoltOptions options, int nextSeed)
        {
            using BoltDatabase database = BoltDatabase.Open(disk, Db, options);
            Twin found = Twin.Of(database);
            Assert.True(found.Equals(Acknowledged) || found.Equals(InFlight), $"seed {seed}");
            return new Workload(nextSeed + 1000) { Acknowledged = found, InFlight = found };
        }

        private void Change(BoltWriteTransaction write, Twin twin)
        {
            byte[] name = Encoding.ASCII.GetBytes(_random.Next(2) == 0 ? "key" : "lease");
            BoltWriteBucket bucket = write.CreateBucketIfMissing(name);
            Twin target = twin.Bucket(name) ?? twin.AddBucket(name);
            for (int i = _random.Next(1, 40); i > 0; i--)
            {
                byte[] key = BitConverter.GetBytes((short)_random.Next(200));
                if (_random.Next(3) == 0)
                {
                    bucket.Delete(key);
                    target.Delete(key);
                    continue;
                }
                byte[] value = new byte[_random.Next(30) == 0 ? 3000 : _random.Next(60)];
                _random.NextBytes(value);
                bucket.Put(key, value);
                target.Put(key, value);
            }
        }
    }
}
