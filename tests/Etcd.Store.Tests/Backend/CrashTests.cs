using System.Globalization;
using Etcd.Store.Backend;
using Etcd.TestKit.Disks;
using static Etcd.Store.Tests.Backend.BackendFixture;

namespace Etcd.Store.Tests.Backend;

public class CrashTests
{
    /// <summary>etcd 3.5 once committed effects without their index and members diverged. Here every entry n writes record
    /// n + 1 and the text n; whatever moment the power fails at, the three must tell of the same entry.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void PowerCutAtAnyOperation_IndexAndEffects_Agree(int seed)
    {
        CrashDisk disk = NewDisk(seed);
        var random = new Random(seed);
        ulong durable = 0;
        int checks = 0;
        BatchingBackend backend = Open(disk);
        disk.Fault = operation =>
        {
            if (random.Next(2) == 0)
            {
                CheckRecovery(disk.AfterPowerCut(random.Next()), durable, backend.ConsistentIndex);
                checks++;
            }
            return DiskFault.None;
        };
        for (ulong index = 1; index <= 150; index++)
        {
            backend.Apply(index, () => WriteEntry(backend, index, random));
            switch (random.Next(6))
            {
                case 0:
                    backend.CommitNow();
                    durable = index;
                    break;
                case 1:
                    backend.CommitIfPending();
                    durable = index;
                    break;
                case 2 when index % 10 == 0:
                    backend.Defragment();
                    durable = index;
                    break;
            }
        }
        backend.Dispose();
        Assert.True(checks > 100, $"only {checks} power cuts were tried");
        disk.Fault = null;
        CheckRecovery(disk, 150, 150);
    }

    private static void WriteEntry(BatchingBackend backend, ulong index, Random random)
    {
        backend.AppendRecord((long)index + 1, new string('v', random.Next(2000)));
        backend.Put(Bucket.Cluster, Bytes("last"), Bytes(index.ToString(CultureInfo.InvariantCulture)));
        backend.Put(Bucket.Lease, Bytes($"{random.Next(50)}"), new byte[random.Next(300)]);
    }

    private static void CheckRecovery(CrashDisk disk, ulong atLeast, ulong atMost)
    {
        using BatchingBackend backend = Open(disk);
        ulong index = backend.ConsistentIndex;
        Assert.InRange(index, atLeast, atMost);
        Assert.Equal(index == 0 ? null : index.ToString(CultureInfo.InvariantCulture), backend.Text(Bucket.Cluster, "last"));
        Assert.Equal((int)index, backend.Records().Count);
    }
}
