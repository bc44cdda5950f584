using Etcd.Foundation.Files;
using Etcd.Protocol.Raft;

namespace Etcd.Wal.Tests;

/// <summary>Saves what a raft member might save, and tells a twin.</summary>
internal sealed class RandomWork(int seed, LogTwin twin)
{
    public static WalOptions Options { get; } = new() { SegmentBytes = 6000, PreparesSegmentsInBackground = false, Dialect = WireDialect.V37 };

    private readonly Random _random = new(seed);
    private ulong _term = 1;
    private ulong _commit;

    /// <summary>Set once the log was created: from then on it must be there.</summary>
    public bool IsCreated { get; private set; }

    public void Run(IFileSystem disk, int steps)
    {
        WriteAheadLog log = SmallLog.Create(disk, Options);
        IsCreated = true;
        try
        {
            for (int step = 0; step < steps; step++)
            {
                if (_random.Next(12) == 0)
                    log = Reopen(disk, log);
                else
                    Step(log);
            }
        }
        finally
        {
            log.Dispose();
        }
    }

    private WriteAheadLog Reopen(IFileSystem disk, WriteAheadLog log)
    {
        log.Sync();
        twin.Acknowledge();
        log.Dispose();
        WalRecovery recovery = SmallLog.Open(disk, Options);
        twin.AssertAllows(recovery.Entries, recovery.HardState, $"seed {seed}, clean reopen");
        Assert.Null(recovery.Repair);
        return recovery.Log;
    }

    private void Step(WriteAheadLog log)
    {
        switch (_random.Next(10))
        {
            case 0: // A commit index alone: neither synced nor acknowledged.
                _commit = Math.Min(_commit + 1, twin.LastIndex);
                Save(log, new HardState(_term, 1, _commit), [], isAcknowledged: false);
                break;
            case 1: // An election.
                _term++;
                Save(log, new HardState(_term, (ulong)_random.Next(1, 4), _commit), [], isAcknowledged: true);
                break;
            case 2 when _commit > 0:
                log.SaveSnapshot(new WalSnapshot(_commit, TermAt(_commit), new ConfState { Voters = [1, 2, 3] }));
                twin.Acknowledge();
                log.ReleaseLockTo(_commit);
                break;
            case 3 when twin.LastIndex > _commit: // A new leader replaces the uncommitted end.
                _term++;
                ulong from = _commit + 1 + (ulong)_random.NextInt64((long)(twin.LastIndex - _commit));
                Save(log, new HardState(_term, 2, _commit), Batch(from), isAcknowledged: true);
                break;
            default:
                Save(log, _random.Next(2) == 0 ? default : new HardState(_term, twin.State.Vote, _commit), Batch(twin.LastIndex + 1), isAcknowledged: true);
                break;
        }
    }

    private void Save(WriteAheadLog log, HardState state, Entry[] entries, bool isAcknowledged)
    {
        if (state == twin.State)
            state = default;
        bool mustSync = entries.Length > 0 || (!state.IsEmpty && (state.Term != twin.State.Term || state.Vote != twin.State.Vote));
        twin.Begin(state, entries);
        log.Save(state, entries);
        if (mustSync && isAcknowledged)
            twin.Acknowledge();
    }

    private Entry[] Batch(ulong from)
    {
        var entries = new Entry[_random.Next(1, 5)];
        for (int i = 0; i < entries.Length; i++)
            entries[i] = SmallLog.Entry(from + (ulong)i, _term, _random.Next(8) == 0 ? _random.Next(3000) : _random.Next(60));
        return entries;
    }

    private ulong TermAt(ulong index) => twin.Entries[(int)index - 1].Term;
}
