using Etcd.Protocol.Errors;
using Etcd.Protocol.Kv;
using Etcd.Protocol.Rpc;
using Etcd.Store.Mvcc;
using Google.Protobuf;

namespace Etcd.Store.Tests.Mvcc;

/// <summary>The store against <see cref="NaiveStore"/>: random writes, compactions in the middle of anything, commits, restarts,
/// reads at any revision, hashes.</summary>
public class StoreProperties
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void AnyHistory_StoreAndTwin_Agree(int seed)
    {
        var random = new Random(seed);
        var twin = new NaiveStore();
        using var fixture = new StoreFixture(options: new MvccOptions { CompactionBatchLimit = 7 });
        fixture.Leases.Granted.UnionWith([1, 2]);
        for (int step = 0; step < 600; step++)
        {
            try
            {
                Step(random, fixture, twin);
                if (step % 10 == 0)
                    Compare(random, fixture, twin);
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"seed {seed}, step {step}", failure);
            }
        }
        fixture.FinishCompactions();
        twin.FinishCompaction();
        Assert.Equal(twin.Kept.Select(revision => revision.ToString()), Records(fixture));
    }

    private static void Step(Random random, StoreFixture fixture, NaiveStore twin)
    {
        switch (random.Next(20))
        {
            case < 11:
                Write(random, fixture, twin);
                break;
            case < 13:
                fixture.PublishesAtOnce = false;
                for (int i = random.Next(5); i >= 0; i--)
                    Write(random, fixture, twin);
                fixture.PublishesAtOnce = true;
                fixture.Store.Publish();
                break;
            case 13 when twin.Current > 2:
                long revision = random.NextInt64(Math.Max(0, twin.Compacted), twin.Current + 1);
                bool compacted = revision <= twin.Compacted;
                Assert.Equal(compacted ? EtcdError.Compacted : null, fixture.Compact(revision).Error);
                if (!compacted)
                    twin.Compact(revision);
                break;
            case 14 or 15:
                fixture.Store.CompactionStep();
                fixture.Store.Publish();
                break;
            case 16:
                fixture.FinishCompactions();
                twin.FinishCompaction();
                break;
            case 17:
                fixture.Backend.CommitIfPending();
                break;
            case 18 when random.Next(4) == 0:
                fixture.Reopen();
                break;
            case 19 when random.Next(6) == 0:
                fixture.Backend.Defragment();
                break;
        }
    }

    private static void Write(Random random, StoreFixture fixture, NaiveStore twin)
    {
        switch (random.Next(4))
        {
            case 0:
                string doomed = Key(random);
                fixture.Delete(doomed);
                twin.Write([(doomed, null, 0)]);
                break;
            case 1:
                (string from, string to) = (Key(random), Key(random));
                fixture.Delete(from, to);
                twin.Write([.. twin.At(twin.Current)
                    .Select(pair => pair.Key.ToStringUtf8())
                    .Where(key => string.CompareOrdinal(key, from) >= 0 && string.CompareOrdinal(key, to) < 0)
                    .Select(key => (key, (string?)null, 0L))]);
                break;
            case 2:
                string[] keys = [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => Key(random)).Distinct()];
                List<(string Key, string? Value, long Lease)> changes = [.. keys.Select(key => (key, random.Next(3) == 0 ? null : Value(random), random.NextInt64(3)))];
                var txn = new TxnRequest();
                foreach ((string key, string? value, long lease) in changes)
                {
                    ByteString bytes = ByteString.CopyFromUtf8(key);
                    txn.Success.Add(value is null
                        ? new RequestOp { RequestDeleteRange = new DeleteRangeRequest { Key = bytes } }
                        : new RequestOp { RequestPut = new PutRequest { Key = bytes, Value = ByteString.CopyFromUtf8(value), Lease = lease } });
                }
                Assert.Null(fixture.Txn(txn).Error);
                twin.Write(changes);
                break;
            default:
                (string put, string text, long on) = (Key(random), Value(random), random.NextInt64(3));
                Assert.Null(fixture.Put(put, text, on).Error);
                twin.Write([(put, text, on)]);
                break;
        }
        Assert.Equal(twin.Current, fixture.Store.AppliedRevision);
    }

    private static void Compare(Random random, StoreFixture fixture, NaiveStore twin)
    {
        Assert.Equal((twin.Current, twin.Compacted), (fixture.Store.CurrentRevision, fixture.Store.CompactedRevision));
        Index.IndexAudit.Check(fixture.Store.Index.View);
        if (!fixture.Store.HasCompactionWork)
            twin.FinishCompaction();
        for (int i = 0; i < 4; i++)
        {
            long revision = i == 0 ? 0 : random.NextInt64(Math.Max(1, twin.Compacted), twin.Current + 1);
            List<KeyValue> then = twin.At(revision == 0 ? twin.Current : revision);
            (string from, string to) = (Key(random), Key(random));
            List<KeyValue> expected = [.. then.Where(pair =>
                string.CompareOrdinal(pair.Key.ToStringUtf8(), from) >= 0 && string.CompareOrdinal(pair.Key.ToStringUtf8(), to) < 0)];
            int limit = random.Next(4);
            RangeResponse actual = fixture.Range(new RangeRequest
            {
                Key = ByteString.CopyFromUtf8(from),
                RangeEnd = ByteString.CopyFromUtf8(to),
                Revision = revision,
                Limit = limit,
            });
            Assert.Equal(limit == 0 ? expected : expected.Take(limit), actual.Kvs);
            Assert.Equal((expected.Count, limit > 0 && expected.Count > limit), (actual.Count, actual.More));
        }
        long hashed = random.NextInt64(Math.Max(1, twin.Compacted), twin.Current + 1);
        // Without any key to keep, etcd hashes what a compaction has not removed yet, so the hash depends on how far it is.
        bool isDefined = twin.At(hashed).Count > 0 || !fixture.Store.HasCompactionWork;
        if (isDefined && fixture.Store.CompactionHashes.All(hash => hash.Revision != hashed))
        {
            Assert.Null(fixture.Store.HashKv(hashed, out KeyValueHash hash));
            Assert.Equal((twin.Hash(hashed), twin.Compacted), (hash.Hash, hash.CompactRevision));
        }
        CompareLeases(fixture, twin);
    }

    private static void CompareLeases(StoreFixture fixture, NaiveStore twin)
    {
        foreach (long lease in (long[])[1, 2])
            Assert.Equal(twin.At(twin.Current).Where(pair => pair.Lease == lease).Select(pair => pair.Key.ToStringUtf8()), fixture.Leases.KeysOf(lease));
    }

    private static List<string> Records(StoreFixture fixture)
    {
        List<string> records = [];
        Etcd.Store.Backend.BackendView view = fixture.Backend.Pin();
        Etcd.Store.Backend.RecordCursor cursor = view.Scan(default);
        while (cursor.MoveNext())
            records.Add(cursor.Revision.ToString());
        view.Unpin();
        return records;
    }

    private static string Key(Random random) => "k" + (char)('a' + random.Next(6)) + (random.Next(3) == 0 ? "x" : "");

    private static string Value(Random random) => random.Next(8) == 0 ? "" : new string('v', random.Next(40));
}
