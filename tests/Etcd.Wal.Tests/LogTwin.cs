using Etcd.Protocol.Raft;

namespace Etcd.Wal.Tests;

/// <summary>What a log must hold, kept in memory by the obvious means, with everything that an unfinished save may add.</summary>
internal sealed class LogTwin
{
    private readonly List<Entry> _entries = [];

    /// <summary>Entries of every state that a power cut may leave: acknowledged, plus the first of the batch in flight.</summary>
    private List<string[]> _allowedEntries = [[]];
    private readonly List<HardState> _allowedStates = [default];

    public IReadOnlyList<Entry> Entries => _entries;

    public HardState State { get; private set; }

    public ulong LastIndex => (ulong)_entries.Count;

    /// <summary>A save begins: any part of it may survive.</summary>
    public void Begin(HardState state, ReadOnlySpan<Entry> entries)
    {
        foreach (Entry entry in entries)
        {
            _entries.RemoveRange((int)entry.Index - 1, _entries.Count - (int)entry.Index + 1);
            _entries.Add(entry);
            _allowedEntries.Add(SmallLog.Show(_entries));
        }
        if (state.IsEmpty)
            return;
        State = state;
        _allowedStates.Add(state);
    }

    /// <summary>The save returned, and its sync made all before it durable.</summary>
    public void Acknowledge()
    {
        _allowedEntries = [SmallLog.Show(_entries)];
        _allowedStates.RemoveRange(0, _allowedStates.Count - 1);
    }

    public void AssertAllows(IEnumerable<Entry> entries, HardState state, string when)
    {
        string[] found = SmallLog.Show(entries);
        Assert.True(
            _allowedEntries.Any(allowed => allowed.SequenceEqual(found)),
            $"{when}: found {found.Length} entries, expected {_allowedEntries[0].Length} to {_allowedEntries[^1].Length}");
        Assert.True(_allowedStates.Contains(state), $"{when}: found {state}, expected one of {string.Join(", ", _allowedStates)}");
    }
}
