using Etcd.Protocol.Raft;

namespace Etcd.Raft;

/// <summary>How proposals enter a leader's log (paper §5.3), and what is refused.</summary>
internal sealed class Proposals(RaftCore raft)
{
    private static readonly Entry s_empty = new(0, 0, EntryType.Normal, default);

    // Payload in the log that is not yet applied; may be less than the truth after an election, never more.
    private ulong _uncommittedBytes;

    public RaftError? Step(Message message)
    {
        if (message.Entries.Count == 0)
        {
            raft.Lines.Write(RaftLogLevel.Error, $"{raft.Id:x} stepped empty MsgProp");
            return RaftError.ProposalDropped;
        }
        // A leader that removed itself leads on until that is committed, but takes nothing new.
        if (raft.OwnProgress is null)
            return RaftError.ProposalDropped;
        if (raft.LeadTransferee != RaftIds.None)
        {
            raft.Lines.Write(RaftLogLevel.Debug, $"{raft.Id:x} [term {raft.Term}] transfer leadership to {raft.LeadTransferee:x} is in progress; dropping proposal");
            return RaftError.ProposalDropped;
        }
        ReadOnlySpan<Entry> entries = EntryList.Span(message.Entries);
        if (!TryCheckConfChanges(ref entries) || !TryAppend(entries))
            return RaftError.ProposalDropped;
        raft.Replicator.BroadcastAppend();
        return null;
    }

    public void AppendEmptyEntry() => TryAppend([s_empty]);

    public void StartOver() => _uncommittedBytes = 0;

    /// <summary>Payload of entries that were applied, hence are no longer uncommitted.</summary>
    public void ReduceUncommitted(ulong payloadBytes) => _uncommittedBytes -= Math.Min(_uncommittedBytes, payloadBytes);

    private bool TryAppend(ReadOnlySpan<Entry> entries)
    {
        ulong payload = EntrySize.Payload(entries);
        // Empty entries always pass: a new leader's first one, and the one that leaves a joint configuration.
        ulong limit = raft.Config.MaxUncommittedEntriesSize;
        if (limit != 0 && _uncommittedBytes > 0 && payload > 0 && _uncommittedBytes + payload > limit)
        {
            raft.Lines.Write(RaftLogLevel.Warning, $"{raft.Id:x} appending new entries to log would exceed uncommitted entry size limit; dropping proposal");
            return false;
        }
        _uncommittedBytes += payload;
        ulong last = raft.Log.AppendProposals(entries, raft.Term);
        // Our own acknowledgement, due when the entries are on disk.
        raft.Send(new Message { Type = MessageType.AppResp, From = raft.Id, To = raft.Id, Term = raft.Term, Index = last });
        return true;
    }

    /// <summary>Replaces configuration changes that cannot be allowed now by empty entries.</summary>
    /// <returns>False if a change cannot be read.</returns>
    private bool TryCheckConfChanges(ref ReadOnlySpan<Entry> entries)
    {
        Entry[]? replaced = null;
        for (int i = 0; i < entries.Length; i++)
        {
            if (entries[i].Type == EntryType.Normal)
                continue;
            if (!raft.Membership.TryAdmit(entries[i], raft.Log.LastIndex + (ulong)i + 1, out bool isAdmitted))
                return false;
            if (isAdmitted)
                continue;
            replaced ??= entries.ToArray();
            replaced[i] = s_empty;
        }
        entries = replaced ?? entries;
        return true;
    }
}
