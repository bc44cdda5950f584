using Etcd.Protocol.Raft;

namespace Etcd.Raft.Tests.Simulation;

/// <summary>Sees everything and remembers everything: the five properties of paper figure 3, and linearizable reads.</summary>
/// <param name="bootstrapEntries">Entries 1 to this were made by Bootstrap, which applies them all at once; a newcomer applies them one
/// by one, so its configuration at these indexes is another one.</param>
internal sealed class SafetyChecker(ulong bootstrapEntries)
{
    private readonly Dictionary<ulong, ulong> _leaderOfTerm = [];
    private readonly Dictionary<(ulong Term, ulong Index), (string Data, ulong PreviousTerm)> _entries = [];
    private readonly Dictionary<ulong, (Entry Entry, ulong CommitTerm)> _applied = [];
    private readonly Dictionary<ulong, ConfState> _configs = [];
    private readonly Dictionary<(ulong Leader, ulong Term), ulong> _lastOfLeader = [];

    /// <summary>The highest index that any member ever knew to be committed.</summary>
    public ulong HighestCommit { get; private set; }

    /// <summary>Call after anything happened to a member.</summary>
    public void Observe(SimMember member)
    {
        RaftCore raft = member.Raft!.Core;
        HighestCommit = Math.Max(HighestCommit, raft.Log.Committed);
        if (raft.Role != RaftRole.Leader)
            return;
        if (!_leaderOfTerm.TryAdd(raft.Term, raft.Id))
        {
            // Election Safety: at most one leader per term (§5.2).
            Require(_leaderOfTerm[raft.Term] == raft.Id, $"election safety: {_leaderOfTerm[raft.Term]} and {raft.Id} both lead term {raft.Term}");
            return;
        }
        // Leader Completeness: what was committed in earlier terms is in the leader's log (§5.4).
        foreach ((ulong index, (Entry entry, ulong commitTerm)) in _applied)
        {
            if (commitTerm < raft.Term && index >= raft.Log.FirstIndex)
                Require(raft.Log.TermOrZero(index) == entry.Term, $"leader completeness: leader {raft.Id} of term {raft.Term} lacks entry {entry.Term}/{index}, committed by term {commitTerm}");
        }
    }

    /// <summary>Call with what a member is about to save.</summary>
    public void Appended(SimMember member, ReadOnlySpan<Entry> entries)
    {
        if (entries.IsEmpty)
            return;
        RaftCore raft = member.Raft!.Core;
        ulong previousTerm = raft.Log.TermOrZero(entries[0].Index - 1);
        bool knowsPrevious = raft.Log.Term(entries[0].Index - 1, out _) is null;
        foreach (ref readonly Entry entry in entries)
        {
            // Log Matching: the same term and index mean the same entry and the same entries before it (§5.3).
            string data = Convert.ToHexString(entry.Data.Span);
            if (knowsPrevious && !_entries.TryAdd((entry.Term, entry.Index), (data, previousTerm)))
                Require(_entries[(entry.Term, entry.Index)] == (data, previousTerm), $"log matching: entry {entry.Term}/{entry.Index} of {member.Id} differs from an equally named one, or follows another");
            (previousTerm, knowsPrevious) = (entry.Term, true);
        }
        CheckLeaderAppendsOnly(member, entries);
    }

    /// <summary>Call with each entry that a member applies, in order.</summary>
    public void Applied(SimMember member, in Entry entry, ConfState config)
    {
        // State Machine Safety: nobody applies another entry at the same index (§5.4.3).
        if (!_applied.TryAdd(entry.Index, (entry, member.Raft!.Core.Term)))
        {
            Entry other = _applied[entry.Index].Entry;
            Require(other.Term == entry.Term && other.Data.Span.SequenceEqual(entry.Data.Span), $"state machine safety: {member.Id} applies {entry.Term}/{entry.Index} where another member applied {other.Term}/{other.Index}");
        }
        if (entry.Index > bootstrapEntries && !_configs.TryAdd(entry.Index, config))
            Require(_configs[entry.Index].Equals(config), $"configurations differ at index {entry.Index}: {RaftNames.Of(config)} at {member.Id}, {RaftNames.Of(_configs[entry.Index])} elsewhere");
    }

    /// <summary>Call with the answer to a read that began when <see cref="HighestCommit"/> was <paramref name="commitThen"/>.</summary>
    public static void ReadAnswered(SimMember member, ulong index, ulong commitThen) =>
        Require(index >= commitThen, $"stale read: {member.Id} got index {index}, but {commitThen} was committed when it asked");

    // Leader Append-Only: a leader never overwrites or deletes its entries (§5.3).
    private void CheckLeaderAppendsOnly(SimMember member, ReadOnlySpan<Entry> entries)
    {
        RaftCore raft = member.Raft!.Core;
        if (raft.Role != RaftRole.Leader)
            return;
        ulong last = _lastOfLeader.GetValueOrDefault((raft.Id, raft.Term));
        Require(entries[0].Index > last, $"leader append-only: {raft.Id} of term {raft.Term} rewrites index {entries[0].Index}, its log ended at {last}");
        _lastOfLeader[(raft.Id, raft.Term)] = entries[^1].Index;
    }

    private static void Require(bool holds, string message)
    {
        if (!holds)
            throw new SafetyViolationException(message);
    }
}
