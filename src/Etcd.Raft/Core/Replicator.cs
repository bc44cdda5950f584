using Etcd.Foundation;
using Etcd.Protocol.Raft;

namespace Etcd.Raft;

/// <summary>What a leader sends its followers: entries, snapshots, heartbeats (paper §5.3).</summary>
internal sealed class Replicator(RaftCore raft)
{
    /// <summary>Everybody gets what is missing and the commit index.</summary>
    public void BroadcastAppend() => BroadcastAppend(sendIfEmpty: true);

    /// <param name="sendIfEmpty">Also without entries, to tell the commit index.</param>
    public void BroadcastAppend(bool sendIfEmpty)
    {
        foreach ((ulong id, Progress progress) in raft.Tracker.Progress)
        {
            if (id != raft.Id)
                TrySendAppend(id, progress, sendIfEmpty);
        }
    }

    public void BroadcastHeartbeat()
    {
        ReadOnlyMemory<byte> context = raft.Reads.HeartbeatContext();
        foreach ((ulong id, Progress progress) in raft.Tracker.Progress)
        {
            if (id == raft.Id)
                continue;
            // No more than the follower is known to hold: what it has after that may not be ours.
            ulong commit = Math.Min(progress.Match, raft.Log.Committed);
            raft.Send(new Message { Type = MessageType.Heartbeat, From = raft.Id, To = id, Term = raft.Term, Commit = commit, Context = context });
            progress.SentCommit(commit);
        }
    }

    /// <summary>Sends the next entries, or a snapshot if they are compacted away.</summary>
    /// <returns>A message was sent, so there may be more to send.</returns>
    public bool TrySendAppend(ulong to, Progress progress, bool sendIfEmpty)
    {
        if (progress.IsPaused)
            return false;
        ulong previousIndex = progress.Next - 1;
        if (raft.Log.Term(previousIndex, out ulong previousTerm) is not null)
            return TrySendSnapshot(to, progress);
        ReadOnlyMemory<Entry> entries = default;
        RaftError? error = null;
        // With a full window only empty messages go: if all others were lost, the answer to one of these restarts the flow.
        if (progress.State != ProgressState.Replicate || !progress.Inflights.IsFull)
            error = raft.Log.Entries(progress.Next, raft.Config.MaxSizePerMsg, out entries);
        if (entries.IsEmpty && !sendIfEmpty)
            return false;
        if (error is not null)
            return TrySendSnapshot(to, progress);
        raft.Send(new Message
        {
            Type = MessageType.App,
            From = raft.Id,
            To = to,
            Term = raft.Term,
            Index = previousIndex,
            LogTerm = previousTerm,
            Entries = EntryList.Of(entries),
            Commit = raft.Log.Committed,
        });
        progress.SentEntries(entries.Length, EntrySize.Payload(entries.Span));
        progress.SentCommit(raft.Log.Committed);
        return true;
    }

    private bool TrySendSnapshot(ulong to, Progress progress)
    {
        if (!progress.RecentActive)
        {
            raft.Lines.Write(RaftLogLevel.Debug, $"ignore sending snapshot to {to:x} since it is not recently active");
            return false;
        }
        RaftError? error = raft.Log.Snapshot(out Snapshot snapshot);
        if (error == RaftError.SnapshotTemporarilyUnavailable)
        {
            raft.Lines.Write(RaftLogLevel.Debug, $"{raft.Id:x} failed to send snapshot to {to:x} because snapshot is temporarily unavailable");
            return false;
        }
        Invariant.Holds(error is null, $"storage refused a snapshot: {error}");
        Invariant.Holds(!snapshot.IsEmpty, "need non-empty snapshot");
        SnapshotMetadata metadata = snapshot.Metadata;
        raft.Lines.Write(RaftLogLevel.Debug, $"{raft.Id:x} [firstindex: {raft.Log.FirstIndex}, commit: {raft.Log.Committed}] sent snapshot[index: {metadata.Index}, term: {metadata.Term}] to {to:x} [{progress}]");
        progress.BecomeSnapshot(metadata.Index);
        raft.Lines.Write(RaftLogLevel.Debug, $"{raft.Id:x} paused sending replication messages to {to:x} [{progress}]");
        raft.Send(new Message { Type = MessageType.Snap, From = raft.Id, To = to, Term = raft.Term, Snapshot = snapshot });
        return true;
    }
}
