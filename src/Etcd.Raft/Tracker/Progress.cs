using System.Text;

namespace Etcd.Raft;

/// <summary>What a leader knows about one follower's log, and how fast it may send.</summary>
/// <remarks><code>
///            rejected, unreachable                  log compacted past Next
///   Replicate ──────────────────▶ Probe ──────────────────────▶ Snapshot
///       ▲            accepted       │ ▲  sent, failed               │
///       └───────────────────────────┘ └─────────────────────────────┤
///       └────────────────── accepted at or past FirstIndex ◀────────┘
/// </code>
/// Invariant: 0 ≤ Match &lt; Next.</remarks>
internal sealed class Progress(int maxInflightMessages, ulong maxInflightBytes)
{
    // Highest commit index sent to the follower; keeps us from repeating it in empty messages.
    private ulong _sentCommit;

    /// <summary>The follower's log is the same as the leader's up to here.</summary>
    public ulong Match { get; set; }

    /// <summary>Next entry to send; those in (Match, Next) are on their way.</summary>
    public ulong Next { get; set; }

    public ProgressState State { get; private set; }

    /// <summary>Index of the snapshot that was sent, in <see cref="ProgressState.Snapshot"/>; else 0.</summary>
    public ulong PendingSnapshot { get; set; }

    /// <summary>Heard from since the last quorum check. Always true for the leader itself.</summary>
    public bool RecentActive { get; set; }

    /// <summary>No App messages until the next answer: a probe is under way, or the window is full.</summary>
    public bool FlowPaused { get; set; }

    public Inflights Inflights { get; private set; } = new(maxInflightMessages, maxInflightBytes);

    public bool IsLearner { get; set; }

    /// <summary>Sending entries is throttled.</summary>
    public bool IsPaused => State == ProgressState.Snapshot || FlowPaused;

    public void BecomeProbe()
    {
        // A snapshot that was sent successfully is the best guess where to go on.
        ulong after = State == ProgressState.Snapshot ? Math.Max(Match, PendingSnapshot) : Match;
        ResetState(ProgressState.Probe);
        Next = after + 1;
        _sentCommit = Math.Min(_sentCommit, Next - 1);
    }

    public void BecomeReplicate()
    {
        ResetState(ProgressState.Replicate);
        Next = Match + 1;
    }

    public void BecomeSnapshot(ulong snapshotIndex)
    {
        ResetState(ProgressState.Snapshot);
        PendingSnapshot = snapshotIndex;
        Next = snapshotIndex + 1;
        _sentCommit = snapshotIndex;
    }

    /// <summary>An App message with entries from Next on was sent.</summary>
    public void SentEntries(int count, ulong payloadBytes)
    {
        if (State == ProgressState.Probe)
        {
            // Compat: an empty probe does not pause, as in etcd.
            FlowPaused |= count > 0;
            return;
        }
        if (count > 0)
        {
            Next += (ulong)count;
            Inflights.Add(Next - 1, payloadBytes);
        }
        // When the window is full this message was the last one, or a probe that keeps a stalled flow alive.
        FlowPaused = Inflights.IsFull;
    }

    /// <summary>Sending <paramref name="commit"/> now could tell the follower something new.</summary>
    public bool CanBumpCommit(ulong commit) => commit > _sentCommit && _sentCommit < Next - 1;

    public void SentCommit(ulong commit) => _sentCommit = commit;

    /// <summary>The follower has everything up to <paramref name="index"/>; false if that is old news.</summary>
    public bool TryUpdate(ulong index)
    {
        if (index <= Match)
            return false;
        Match = index;
        Next = Math.Max(Next, index + 1);
        FlowPaused = false;
        return true;
    }

    /// <summary>The follower rejected the append after <paramref name="rejected"/>; false if the rejection is stale.</summary>
    /// <param name="matchHint">Where both logs may agree.</param>
    public bool TryDecrease(ulong rejected, ulong matchHint)
    {
        if (State == ProgressState.Replicate)
        {
            if (rejected <= Match)
                return false;
            Next = Match + 1;
            _sentCommit = Math.Min(_sentCommit, Next - 1);
            return true;
        }
        // Outside Replicate at most one probe is under way, and it was sent at Next - 1.
        if (Next - 1 != rejected)
            return false;
        Next = Math.Max(Math.Min(rejected, matchHint + 1), Match + 1);
        _sentCommit = Math.Min(_sentCommit, Next - 1);
        FlowPaused = false;
        return true;
    }

    /// <summary>Starts over for a new term.</summary>
    public void Restart(ulong match, ulong next)
    {
        ResetState(ProgressState.Probe);
        (Match, Next, _sentCommit, RecentActive) = (match, next, 0, false);
    }

    /// <summary>For a configuration change that may be given up.</summary>
    public Progress Clone() => (Progress)MemberwiseClone();

    /// <summary>As etcd prints it in logs and status.</summary>
    public override string ToString()
    {
        var text = new StringBuilder($"{RaftNames.Of(State)} match={Match} next={Next}");
        if (IsLearner)
            text.Append(" learner");
        if (IsPaused)
            text.Append(" paused");
        if (PendingSnapshot > 0)
            text.Append($" pendingSnap={PendingSnapshot}");
        if (!RecentActive)
            text.Append(" inactive");
        if (Inflights.Count > 0)
            text.Append($" inflight={Inflights.Count}").Append(Inflights.IsFull ? "[full]" : "");
        return text.ToString();
    }

    private void ResetState(ProgressState state)
    {
        (FlowPaused, PendingSnapshot, State) = (false, 0, state);
        Inflights.Reset();
    }
}
