using Etcd.Protocol.Raft;

namespace Etcd.Raft;

/// <summary>The storage work of a Ready as messages, and what raft must hear when it is done.</summary>
internal static class StorageWork
{
    /// <summary>There is something to save, or messages wait for earlier saves.</summary>
    public static bool NeedsAppend(Outbox outbox, in Ready ready) =>
        !ready.Entries.IsEmpty || !ready.HardState.IsEmpty || ready.Snapshot is not null || outbox.AfterAppend.Count > 0;

    /// <summary>Raft wants to hear of it. Also without new entries: an earlier answer may have been dropped, see <see cref="AppendDone"/>.</summary>
    public static bool NeedsAppendDone(RaftLog log, in Ready ready) => log.HasUnstableEntries || ready.Snapshot is not null;

    /// <summary>Asks the append thread to save; its responses go out when that is on disk.</summary>
    public static Message Append(RaftCore raft, in Ready ready)
    {
        // Our own AppResp comes before AppendDone: it still finds the new entries' terms in memory.
        List<Message> responses = [.. raft.Outbox.AfterAppend];
        if (NeedsAppendDone(raft.Log, ready))
            responses.Add(AppendDone(raft, ready));
        return new Message
        {
            Type = MessageType.StorageAppend,
            From = raft.Id,
            To = RaftIds.AppendThread,
            Entries = EntryList.Of(ready.Entries),
            // Without a new hard state all three stay zero, from which the append thread knows.
            Term = ready.HardState.Term,
            Vote = ready.HardState.Vote,
            Commit = ready.HardState.Commit,
            Snapshot = ready.Snapshot,
            Responses = responses,
        };
    }

    /// <summary>Tells raft that everything up to the log's end and the snapshot is saved.</summary>
    /// <remarks>An answer counts only in the term in which it was ordered. Else there is this race: entries are handed out,
    /// replaced in a new term, and put back in a third; the first save's answer would match again, while the second save
    /// is still to overwrite the disk. Because answers may thus be lost, each one speaks for the whole log, not only for
    /// its own entries; and since a new term always means a new hard state to save, one that counts always follows.</remarks>
    public static Message AppendDone(RaftCore raft, in Ready ready)
    {
        EntryId last = raft.Log.HasUnstableEntries ? raft.Log.LastId : default;
        return new Message
        {
            Type = MessageType.StorageAppendResp,
            From = RaftIds.AppendThread,
            To = raft.Id,
            Term = raft.Term,
            Index = last.Index,
            LogTerm = last.Term,
            Snapshot = ready.Snapshot,
        };
    }

    /// <summary>Asks the apply thread to apply.</summary>
    public static Message Apply(RaftCore raft, in Ready ready) => new()
    {
        Type = MessageType.StorageApply,
        From = raft.Id,
        To = RaftIds.ApplyThread,
        Entries = EntryList.Of(ready.CommittedEntries),
        Responses = [ApplyDone(raft, ready)],
    };

    /// <summary>Tells raft that the committed entries are applied. They belong to no term.</summary>
    public static Message ApplyDone(RaftCore raft, in Ready ready) => new()
    {
        Type = MessageType.StorageApplyResp,
        From = RaftIds.ApplyThread,
        To = raft.Id,
        Entries = EntryList.Of(ready.CommittedEntries),
    };
}
