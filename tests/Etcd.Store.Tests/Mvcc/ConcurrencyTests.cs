using System.Buffers;
using System.Globalization;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Kv;
using Etcd.Protocol.Rpc;
using Etcd.Store.Mvcc;
using Etcd.Store.Tests.Watch;
using Etcd.Store.Watch;
using Google.Protobuf;

namespace Etcd.Store.Tests.Mvcc;

/// <summary>One writer, many readers, commits, compactions, catch-ups and a defragmentation at the same time, on real threads.</summary>
/// <remarks>Every transaction writes the same number to a pair of keys and one more key of a growing set, so a reader can tell a
/// torn state, a lost record or a revision that went back.</remarks>
public class ConcurrencyTests
{
    private const int Transactions = 4000;

    [Fact]
    public void ReadersBesideTheWriter_SeeWholeTransactionsOnly()
    {
        using var fixture = new StoreFixture(options: new MvccOptions { CompactionBatchLimit = 50 }) { PublishesAtOnce = false };
        fixture.Backend.StartCommitThread();
        var failures = new List<Exception>();
        using var done = new CancellationTokenSource();
        Thread[] threads =
        [
            Start(() => Loop(done, new PairReader(fixture.Store, 1).Read)),
            Start(() => Loop(done, new PairReader(fixture.Store, 2).Read)),
            Start(() => Loop(done, new OldReader(fixture.Store, 3).Read)),
            Start(() => Loop(done, () => HashTwice(fixture.Store))),
            Start(() => Loop(done, () => CompactStep(fixture))),
            Start(() => Loop(done, new EventReader(fixture.Store).Read)),
            Start(() => Loop(done, () => fixture.Backend.CommitNow())),
        ];
        try
        {
            Write(fixture);
        }
        finally
        {
            done.Cancel();
            foreach (Thread thread in threads)
                thread.Join();
        }
        Assert.Empty(failures);
        Assert.Equal(Transactions + 1, fixture.Store.CurrentRevision);

        Thread Start(Action run)
        {
            var thread = new Thread(() =>
            {
                try
                {
                    run();
                }
                catch (Exception failure)
                {
                    lock (failures)
                        failures.Add(failure);
                }
            });
            thread.Start();
            return thread;
        }
    }

    private static void Loop(CancellationTokenSource done, Action action)
    {
        while (!done.IsCancellationRequested)
            action();
        action(); // Once more, when everything is there.
    }

    private static void Write(StoreFixture fixture)
    {
        for (int i = 1; i <= Transactions; i++)
        {
            ByteString value = ByteString.CopyFromUtf8(i.ToString(CultureInfo.InvariantCulture));
            var txn = new TxnRequest();
            txn.Success.Add(new RequestOp { RequestPut = new PutRequest { Key = ByteString.CopyFromUtf8("a"), Value = value } });
            txn.Success.Add(new RequestOp { RequestPut = new PutRequest { Key = ByteString.CopyFromUtf8("b"), Value = value } });
            txn.Success.Add(new RequestOp { RequestPut = new PutRequest { Key = ByteString.CopyFromUtf8($"c{i % 700}"), Value = value } });
            Assert.Null(fixture.Txn(txn).Error);
            if (i % 7 == 0)
                fixture.Store.Publish();
            if (i % 500 == 0)
                Assert.Null(fixture.Compact(fixture.Store.AppliedRevision - 100).Error);
            if (i == Transactions / 2)
                fixture.Backend.Defragment();
        }
        fixture.Store.Publish();
    }

    private static void CompactStep(StoreFixture fixture)
    {
        fixture.Store.CompactionStep();
        fixture.Store.Watches.CatchUpStep();
        Thread.Yield();
    }

    private static void HashTwice(MvccStore store)
    {
        Assert.Null(store.HashKv(0, out KeyValueHash first));
        if (store.HashKv(first.Revision, out KeyValueHash second) is null && second.CompactRevision == first.CompactRevision)
            Assert.Equal(first, second);
    }

    /// <summary>Reads at the current revision: both keys of the pair are from the same transaction, and time does not go back.</summary>
    private sealed class PairReader(MvccStore store, int seed)
    {
        private readonly Random _random = new(seed);
        private long _revision;

        public void Read()
        {
            RangeResponse pair = _random.Next(2) == 0 ? ReadRange() : ReadTxn();
            Assert.True(pair.Header.Revision >= _revision);
            _revision = pair.Header.Revision;
            if (_revision == 1)
                return;
            Assert.Equal(2, pair.Kvs.Count);
            Assert.Equal(pair.Kvs[0].Value, pair.Kvs[1].Value);
            Assert.All(pair.Kvs, kv => Assert.Equal(_revision, kv.ModRevision));
            Assert.Equal((_revision - 1).ToString(CultureInfo.InvariantCulture), pair.Kvs[0].Value.ToStringUtf8());
        }

        private RangeResponse ReadRange()
        {
            var request = new RangeRequest { Key = ByteString.CopyFromUtf8("a"), RangeEnd = ByteString.CopyFromUtf8("c") };
            Assert.Null(store.Range(request.ToByteArray(), out RangeReply? reply));
            return StoreFixture.Decode(reply!);
        }

        private RangeResponse ReadTxn()
        {
            var txn = new TxnRequest();
            foreach (string key in (string[])["a", "b"])
                txn.Success.Add(new RequestOp { RequestRange = new RangeRequest { Key = ByteString.CopyFromUtf8(key) } });
            var body = new ArrayBufferWriter<byte>();
            Assert.Null(store.ReadOnlyTxn(txn.ToByteArray(), body, out long revision));
            TxnResponse response = TxnResponse.Parser.ParseFrom(body.WrittenSpan);
            var pair = new RangeResponse { Header = new ResponseHeader { Revision = revision } };
            foreach (ResponseOp operation in response.Responses)
                pair.Kvs.AddRange(operation.ResponseRange.Kvs);
            return pair;
        }
    }

    /// <summary>Reads at older revisions: complete, or compacted.</summary>
    private sealed class OldReader(MvccStore store, int seed)
    {
        private readonly Random _random = new(seed);

        public void Read()
        {
            long current = store.CurrentRevision;
            if (current < 2)
                return;
            long revision = _random.NextInt64(Math.Max(2, current - 150), current + 1);
            var request = new RangeRequest { Key = ByteString.CopyFromUtf8("a"), RangeEnd = ByteString.CopyFrom(0), Revision = revision, Limit = _random.Next(5) };
            EtcdError? refusal = store.Range(request.ToByteArray(), out RangeReply? reply);
            if (refusal is not null)
            {
                Assert.Equal(EtcdError.Compacted, refusal);
                Assert.True(revision < store.CompactedRevision);
                return;
            }
            RangeResponse response = StoreFixture.Decode(reply!);
            Assert.Equal(Math.Min(revision - 1, 700) + 2, response.Count);
            Assert.Equal(revision, response.Kvs[0].ModRevision);
        }
    }

    /// <summary>A watcher of everything and one that starts anew again and again: no revision is missing, each has its three events.</summary>
    private sealed class EventReader(MvccStore store)
    {
        private readonly WatchReader _reader = new(store.Watches);
        private long _next;
        private long _id = -1;

        public void Read()
        {
            if (_id < 0)
            {
                _next = store.CurrentRevision - 50;
                _id = _reader.Stream.Create(new WatchCreate("a"u8.ToArray(), "\0"u8.ToArray(), Math.Max(2, _next), 0, WatchFlags.PreviousKeyValue));
                _next = Math.Max(2, _next);
            }
            foreach (WatchResponse response in _reader.ReadAll())
            {
                if (response.CompactRevision != 0)
                {
                    _reader.Stream.Cancel(_id);
                    _id = -1;
                    return;
                }
                Take(response.Events);
            }
        }

        private void Take(IList<Event> events)
        {
            for (int i = 0; i < events.Count; i += 3, _next++)
            {
                Assert.Equal([_next, _next, _next], events.Skip(i).Take(3).Select(change => change.Kv.ModRevision));
                Assert.Equal(["a", "b"], events.Skip(i).Take(2).Select(change => change.Kv.Key.ToStringUtf8()));
                // What came before an event at the compacted revision may be gone.
                if (_next > 2 && (events[i].PrevKv is not null || _next > store.CompactedRevision))
                    Assert.Equal(_next - 1, events[i].PrevKv?.ModRevision);
            }
        }
    }
}
