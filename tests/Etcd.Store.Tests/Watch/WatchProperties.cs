using System.Text;
using Etcd.Protocol.Kv;
using Etcd.Protocol.Rpc;
using Etcd.Store.Backend;
using Etcd.Store.Mvcc;
using Etcd.Store.Tests.Mvcc;
using Etcd.Store.Watch;
using Google.Protobuf;

namespace Etcd.Store.Tests.Watch;

/// <summary>Watchers that come, go, fall behind, start in the past or the future, on streams that are read now and then: each must
/// get exactly the changes of its range, in order, those of one revision together.</summary>
public class WatchProperties
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void AnyWatchers_GetWhatHappened(int seed)
    {
        var run = new Run(seed);
        for (int step = 0; step < 1500; step++)
        {
            try
            {
                run.Step();
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"seed {seed}, step {step}", failure);
            }
        }
        run.Finish();
    }

    private sealed class Run(int seed)
    {
        private readonly Random _random = new(seed);
        private readonly StoreFixture _fixture = new(options: new MvccOptions { WatchQueueBytes = 40_000 });
        private readonly NaiveStore _twin = new();
        private readonly List<Client> _clients = [];
        private int _fellBehind;

        public void Step()
        {
            switch (_random.Next(24))
            {
                case < 9:
                    Write(big: false);
                    break;
                case 9:
                    _fixture.PublishesAtOnce = false;
                    for (int i = _random.Next(12); i >= 0; i--)
                        Write(big: false);
                    _fixture.PublishesAtOnce = true;
                    _fixture.Store.Publish();
                    break;
                case 10 when _random.Next(3) == 0:
                    int before = _fixture.Store.Watches.SlowWatcherCount;
                    for (int i = 0; i < 20; i++)
                        Write(big: true); // Fills the queues of those who do not read.
                    _fellBehind += _fixture.Store.Watches.SlowWatcherCount - before;
                    break;
                case 11 when _clients.Count < 6:
                    _clients.Add(new Client(new WatchReader(_fixture.Store.Watches)));
                    break;
                case 12 or 13 or 14 when _clients.Count > 0:
                    Pick().Create(_random, _twin.Current);
                    break;
                case 15 when _clients.Count > 0:
                    Pick().CancelOne(_random);
                    break;
                case 16 or 17 when _clients.Count > 0:
                    Pick().Read(_twin);
                    break;
                case 18 or 19:
                    _fixture.Store.Watches.CatchUpStep();
                    break;
                case 20 when _clients.Count > 0:
                    Client asked = Pick();
                    if (_random.Next(2) == 0)
                        asked.Reader.Stream.RequestProgress();
                    else
                        asked.Reader.Stream.NotifyProgress();
                    break;
                case 21 when _random.Next(8) == 0 && _twin.Current > _twin.Compacted + 1:
                    long revision = _random.NextInt64(Math.Max(1, _twin.Compacted + 1), _twin.Current + 1);
                    Assert.Null(_fixture.Compact(revision).Error);
                    _twin.Compact(revision);
                    _fixture.FinishCompactions();
                    break;
                case 22 when _random.Next(10) == 0 && _clients.Count > 0:
                    Client closed = Pick();
                    closed.Reader.Dispose();
                    _clients.Remove(closed);
                    break;
                case 23 when _random.Next(10) == 0:
                    _fixture.Store.Reload(); // As after a snapshot from the leader.
                    break;
            }
        }

        public void Finish()
        {
            for (int quiet = 0; quiet < 3; quiet++)
            {
                while (_fixture.Store.Watches.CatchUpStep())
                    quiet = 0;
                foreach (Client client in _clients)
                    quiet = client.Read(_twin) ? 0 : quiet;
            }
            Assert.Equal(_clients.Sum(client => client.CompactedCount), _fixture.Store.Watches.WatcherCount - _clients.Sum(client => client.OpenCount));
            foreach (Client client in _clients)
            {
                client.CheckComplete(_twin);
                client.Reader.Dispose();
            }
            Assert.True(_fellBehind > 0, "no watcher ever fell behind");
            Assert.Equal(0, _fixture.Store.Watches.WatcherCount);
            Assert.Equal(0, _fixture.Store.Watches.SlowWatcherCount);
            _fixture.Dispose();
        }

        private Client Pick() => _clients[_random.Next(_clients.Count)];

        private void Write(bool big)
        {
            List<(string Key, string? Value, long Lease)> changes = [.. Enumerable.Range(0, _random.Next(1, 4))
                .Select(_ => Keys.Any(_random))
                .Distinct()
                .Select(key => (key, _random.Next(4) == 0 ? null : new string('v', big ? 5000 : _random.Next(30)), 0L))];
            var txn = new TxnRequest();
            foreach ((string key, string? value, _) in changes)
            {
                ByteString bytes = ByteString.CopyFromUtf8(key);
                txn.Success.Add(value is null
                    ? new RequestOp { RequestDeleteRange = new DeleteRangeRequest { Key = bytes } }
                    : new RequestOp { RequestPut = new PutRequest { Key = bytes, Value = ByteString.CopyFromUtf8(value) } });
            }
            Assert.Null(_fixture.Txn(txn).Error);
            _twin.Write(changes);
        }
    }

    private static class Keys
    {
        public static string Any(Random random) => "k" + (char)('a' + random.Next(5));
    }

    /// <summary>One stream and what its watches have seen.</summary>
    private sealed class Client(WatchReader reader)
    {
        private readonly Dictionary<long, Watched> _open = [];
        private readonly HashSet<long> _compacted = [];
        private long _header;

        public WatchReader Reader => reader;

        public int OpenCount => _open.Count;

        public int CompactedCount => _compacted.Count;

        public void Create(Random random, long current)
        {
            string key = Keys.Any(random);
            string end = random.Next(4) switch { 0 => "\0", 1 => "kz", _ => "" };
            long start = random.Next(3) switch { 0 => 0, 1 => random.NextInt64(1, current + 1), _ => current + random.Next(5) };
            WatchFlags flags = (WatchFlags)random.Next(16) & ~WatchFlags.ProgressNotify;
            if (random.Next(2) == 0)
                flags |= WatchFlags.ProgressNotify;
            long id = reader.Stream.Create(new WatchCreate(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(end), start, 0, flags));
            _open.Add(id, new Watched(key, end, start == 0 ? current + 1 : start, flags));
        }

        public void CancelOne(Random random)
        {
            long[] ids = [.. _open.Keys, .. _compacted];
            if (ids.Length == 0)
                return;
            long id = ids[random.Next(ids.Length)];
            reader.Stream.Cancel(id);
            _open.Remove(id);
            _compacted.Remove(id);
        }

        /// <returns>True if there was something to read.</returns>
        public bool Read(NaiveStore twin)
        {
            List<WatchResponse> responses = reader.ReadAll();
            foreach (WatchResponse response in responses)
                Take(response, twin);
            return responses.Count > 0;
        }

        public void CheckComplete(NaiveStore twin)
        {
            foreach (Watched watched in _open.Values)
                watched.CheckUpTo(twin.Current, twin);
        }

        private void Take(WatchResponse response, NaiveStore twin)
        {
            if (response.CompactRevision != 0)
            {
                Assert.True(response.Canceled && response.Header.Revision == 0);
                if (_open.Remove(response.WatchId, out Watched? overtaken))
                {
                    Assert.True(overtaken.Next < response.CompactRevision);
                    _compacted.Add(response.WatchId);
                }
                return;
            }
            Assert.True(response.Header.Revision >= _header || response.Events.Count == 0 || response.Created, "the header revision went back");
            _header = Math.Max(_header, response.Events.Count > 0 ? response.Header.Revision : 0);
            if (response.WatchId == -1)
            {
                foreach (Watched watched in _open.Values.Where(watched => watched.IsKnown)) // Others came after the answer.
                    watched.CheckUpTo(response.Header.Revision, twin);
                return;
            }
            if (!_open.TryGetValue(response.WatchId, out Watched? receiver) || response.Canceled)
                return; // Cancelled by us before it was read.
            if (response.Created)
            {
                receiver.IsKnown = true;
                return;
            }
            Assert.True(receiver.IsKnown);
            if (response.Events.Count == 0)
                receiver.CheckUpTo(response.Header.Revision, twin);
            else
                receiver.Take(response, twin);
        }
    }

    private sealed class Watched(string key, string end, long start, WatchFlags flags)
    {
        /// <summary>Smallest revision that may still come.</summary>
        public long Next { get; private set; } = start;

        /// <summary>The client has read that it was created.</summary>
        public bool IsKnown { get; set; }

        public void Take(WatchResponse response, NaiveStore twin)
        {
            long last = response.Events[^1].Kv.ModRevision;
            Assert.True(response.Header.Revision >= last);
            Assert.Equal(Expected(Next, last, twin), response.Events.Select(change => Describe(change, twin)));
            Next = last + 1;
        }

        public void CheckUpTo(long revision, NaiveStore twin) =>
            Assert.True(Expected(Next, revision, twin).Count == 0, $"a watch of {key} {end} should have had {string.Join(' ', Expected(Next, revision, twin))}");

        private List<string> Expected(long from, long to, NaiveStore twin)
        {
            List<string> expected = [];
            foreach ((Revision revision, bool tombstone, KeyValue pair) in twin.All)
            {
                if (revision.Main < from || revision.Main > to || !Contains(pair.Key.ToStringUtf8()))
                    continue;
                if ((flags & (tombstone ? WatchFlags.NoDelete : WatchFlags.NoPut)) != WatchFlags.None)
                    continue;
                KeyValue? previous = (flags & WatchFlags.PreviousKeyValue) == WatchFlags.None
                    ? null
                    : twin.PairAt(pair.Key, revision.Main - 1);
                expected.Add(Describe(tombstone, revision.Main, pair, previous, twin));
            }
            return expected;
        }

        private bool Contains(string other) => end switch
        {
            "" => other == key,
            "\0" => string.CompareOrdinal(other, key) >= 0,
            _ => string.CompareOrdinal(other, key) >= 0 && string.CompareOrdinal(other, end) < 0,
        };

        private static string Describe(Event change, NaiveStore twin) =>
            Describe(change.Type == Event.Types.EventType.Delete, change.Kv.ModRevision, change.Kv, change.PrevKv, twin);

        // What came before a change at the compacted revision may be gone or not when the change is read.
        private static string Describe(bool deleted, long revision, KeyValue pair, KeyValue? previous, NaiveStore twin) =>
            $"{revision} {(deleted ? "delete" : "put")} {pair.Key.ToStringUtf8()} {pair.Value.Length} {pair.Version}"
            + (revision > twin.Compacted ? $" was {previous?.ModRevision}/{previous?.Value.Length}" : "");
    }
}
