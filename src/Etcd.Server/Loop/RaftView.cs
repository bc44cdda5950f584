using Etcd.Protocol.Raft;
using Etcd.Raft;

namespace Etcd.Server.Loop;

/// <summary>What the member loop lets everybody see of raft: plain numbers, written by the loop alone, read from any thread.</summary>
internal sealed class RaftView(TimeProvider clock)
{
    private ulong _term;
    private ulong _leaderId;
    private ulong _committedIndex;
    private long _leaderlessAt;
    private volatile bool _isLeader;
    private volatile bool _soleVoter;
    private volatile bool _readsNeedNoQuorum;

    /// <summary>Raised on the member loop when the leader or this member's role changed: old leader, new leader.</summary>
    public event Action<ulong, ulong>? LeaderChanged;

    public ulong Term => Volatile.Read(ref _term);

    public ulong LeaderId => Volatile.Read(ref _leaderId);

    public ulong CommittedIndex => Volatile.Read(ref _committedIndex);

    public bool IsLeader => _isLeader;

    /// <summary>This member alone decides.</summary>
    public bool IsSoleVoter => _soleVoter;

    /// <summary>This member alone decides, leads, and has applied an entry of its term: whatever anybody was ever told is
    /// applied here already, so a local read is linearizable without asking raft.</summary>
    public bool ReadsNeedNoQuorum => _readsNeedNoQuorum;

    public void SetVoters(ulong memberId, ConfState config)
    {
        _soleVoter = config.Voters.Count == 1 && config.Voters[0] == memberId && config.VotersOutgoing.Count == 0;
        if (!_soleVoter)
            _readsNeedNoQuorum = false;
    }

    public void Update(in BasicStatus status)
    {
        ulong before = _leaderId;
        bool wasLeader = _isLeader;
        _isLeader = status.SoftState.Role == RaftRole.Leader;
        if (!_isLeader || status.HardState.Term != _term)
            _readsNeedNoQuorum = false;
        Volatile.Write(ref _term, status.HardState.Term);
        Volatile.Write(ref _committedIndex, status.HardState.Commit);
        Volatile.Write(ref _leaderId, status.SoftState.LeaderId);
        if (before == 0 || status.SoftState.LeaderId == 0)
            Volatile.Write(ref _leaderlessAt, clock.GetTimestamp());
        if (before != status.SoftState.LeaderId || wasLeader != _isLeader)
            LeaderChanged?.Invoke(before, status.SoftState.LeaderId);
    }

    /// <summary>The empty entry of this term's leader is applied here, so everything acknowledged before is, too.</summary>
    public void LeaderEntryApplied(ulong term) => _readsNeedNoQuorum = _soleVoter && _isLeader && term == _term;

    /// <summary>Whether there was a moment without a leader after the given one.</summary>
    public bool WasLeaderlessSince(long timestamp) => Volatile.Read(ref _leaderlessAt) > timestamp;
}
