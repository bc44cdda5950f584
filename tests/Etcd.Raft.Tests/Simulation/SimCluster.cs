using Etcd.Protocol.Raft;

namespace Etcd.Raft.Tests.Simulation;

/// <summary>A cluster, its network and its bad luck, all decided by one seed.</summary>
internal sealed class SimCluster
{
    private const int MemberCount = 6;
    private const int MostInFlight = 150;

    private readonly SimRandom _random;
    private readonly Mutation _mutation;
    private readonly SafetyChecker _checker;
    private readonly List<SimMember> _members = [];
    // Messages under way, each with the step before which it does not arrive.
    private readonly List<(Message Message, int NotBefore)> _network = [];
    // Members of different numbers cannot hear each other.
    private readonly int[] _island = new int[MemberCount + 1];
    private readonly bool _isStormy;
    private ulong _lastRequest;
    private int _now;
    private int _partitionEnd;
    private bool _isHealed;

    public SimCluster(ulong seed, Mutation mutation = Mutation.None)
    {
        _random = new SimRandom(seed);
        _mutation = mutation;
        int initial = 1 + 2 * _random.Next(3);
        _checker = new SafetyChecker((ulong)initial);
        Peer[] peers = [.. Enumerable.Range(1, initial).Select(id => new Peer((ulong)id, default))];
        _isStormy = _random.OneIn(2);
        bool preVote = _random.OneIn(2);
        bool checkQuorum = _random.OneIn(2);
        bool stepDown = _random.OneIn(2);
        for (ulong id = 1; id <= MemberCount; id++)
        {
            var disk = new SimDisk(_random);
            RaftConfig config = new()
            {
                Id = id,
                Storage = disk,
                ElectionTick = 4,
                HeartbeatTick = 1 + _random.Next(2),
                AsyncStorageWrites = _random.OneIn(2),
                MaxSizePerMsg = _random.Pick<ulong>([0, 40, 1 << 20]),
                MaxCommittedSizePerReady = _random.OneIn(2) ? 30 : 0u,
                MaxInflightMsgs = 1 + _random.Next(5),
                MaxUncommittedEntriesSize = _random.OneIn(4) ? 50 : 0u,
                PreVote = preVote,
                CheckQuorum = checkQuorum,
                StepDownOnRemoval = stepDown,
                Seed = seed,
            };
            _members.Add(new SimMember(config, disk, id <= (ulong)initial ? peers : []));
            _members[^1].Start();
        }
    }

    /// <summary>The highest index that was committed.</summary>
    public ulong Committed => _checker.HighestCommit;

    /// <summary>One random thing happens.</summary>
    public void Step()
    {
        if (++_now == _partitionEnd)
            Array.Clear(_island);
        SimMember member = _random.Pick(_members);
        // In a storm members die, campaign and are cut off before much gets done.
        if (!member.IsUp && _random.OneIn(20))
            Start(member);
        else if (_random.OneIn(_isStormy ? 20 : 100))
            Disturb(member);
        else
            Proceed(member);
    }

    /// <summary>Everything works again. True if the members of the configuration then agree on something new within bounds.</summary>
    public bool Recovers()
    {
        _isHealed = true;
        Array.Clear(_island);
        foreach (SimMember member in _members.Where(member => !member.IsUp))
            member.Start();
        (ulong Index, ulong Term) goal = default;
        for (int round = 0; round < 1500; round++)
        {
            foreach (SimMember member in _members)
                With(member, raft => raft.Tick());
            Settle();
            SimMember? leader = SettledLeader();
            if (leader is null)
                continue;
            // Removed members are switched off, as an operator would: they may not know that they were removed. A leader that
            // removed itself stays until the others know it.
            RaftCore raft = leader.Raft!.Core;
            foreach (SimMember member in _members)
                Switch(member, isOn: IsIn(leader.Disk.Config, member.Id) || (member == leader && !AllAgree(leader, raft.Log.Committed)));
            if (!leader.IsUp)
                continue;
            if (goal.Term != raft.Term && leader.Raft!.Propose(BitConverter.GetBytes(ulong.MaxValue)) is null)
                goal = (raft.Log.LastIndex, raft.Term);
            else if (goal.Term == raft.Term && AllAgree(leader, goal.Index))
                return true;
        }
        return false;
    }

    /// <summary>Nobody could win an election even if all members were asked and answered.</summary>
    /// <remarks>As in etcd, a configuration counts from where it is applied, not from where it is appended as in the paper. Who led while it was
    /// removed or demoted may leave before those who stay know that this is committed. If its log is longer than theirs it
    /// will not vote for them, they still need its vote, and it may not lead. Rare, and only an operator can help.</remarks>
    public bool IsUnelectable() => _members.All(candidate => candidate.Raft is null || !CouldWin(candidate.Raft.Core));

    public override string ToString() => string.Join("\n", _members.Select(member => member.IsUp
        ? $"{member.Id}: {member.Raft!.Core.Role} term {member.Raft.Core.Term} lead {member.Raft.Core.Lead} {member.Raft.Core.Log} config {member.Raft.Core.Tracker.Config} applied {member.Disk.AppliedIndex}"
        : $"{member.Id}: down, log {member.Disk.FirstIndex}..{member.Disk.LastIndex}"));

    private bool CouldWin(RaftCore candidate) =>
        candidate.Election.IsPromotable
        && candidate.Tracker.Config.Voters.Tally(voter => _members[(int)voter - 1].Raft?.Core.Log.IsUpToDate(candidate.Log.LastId)) == VoteResult.Won;

    private static bool IsIn(ConfState config, ulong id) =>
        config.Voters.Contains(id) || config.VotersOutgoing.Contains(id) || config.Learners.Contains(id);

    private static void Switch(SimMember member, bool isOn)
    {
        if (isOn && !member.IsUp)
            member.Start();
        else if (!isOn && member.IsUp)
            member.Crash();
    }

    private bool AllAgree(SimMember leader, ulong goal) =>
        leader.Disk.AppliedIndex >= goal
        && _members.Where(member => IsIn(leader.Disk.Config, member.Id)).All(member => member.Disk.AppliedIndex == leader.Disk.AppliedIndex && member.Disk.Hash == leader.Disk.Hash);

    private SimMember? SettledLeader()
    {
        SimMember? leader = _members.Where(member => member.Raft?.Core.Role == RaftRole.Leader).MaxBy(member => member.Raft!.Core.Term);
        RaftLog? log = leader?.Raft!.Core.Log;
        return log is not null && log.TermOrZero(log.Committed) == leader!.Raft!.Core.Term && leader.Disk.AppliedIndex == log.Committed ? leader : null;
    }

    private void Settle()
    {
        for (int i = 0; i < 3000; i++)
        {
            bool isBusy = _network.Count > 0;
            if (isBusy)
                Deliver(0);
            foreach (SimMember member in _members)
            {
                isBusy |= member.Raft is { HasReady: true } || member.AppendWork.Count > 0 || member.ApplyWork.Count > 0;
                Work(member);
            }
            if (!isBusy)
                return;
        }
    }

    private void Proceed(SimMember member)
    {
        switch (_random.Next(100))
        {
            case < 35: DeliverSome(); break;
            case < 63: Work(BusyMember(member)); break;
            case < 85: With(member, raft => raft.Tick()); break;
            case < 93: With(member, Propose); break;
            case < 98: With(member, raft => StartRead(member, raft)); break;
            case < 99: With(member, ProposeConfChange); break;
            default: With(member, raft => member.Disk.Compact(raft.Core.Log.Applied)); break;
        }
    }

    private void Disturb(SimMember member)
    {
        switch (_random.Next(12))
        {
            case < 2: Crash(member); break;
            case < 5: With(member, raft => raft.Campaign()); break;
            case < 6: With(member, raft => raft.TransferLeader(_random.Pick(_members).Id)); break;
            case < 7: With(member, raft => raft.ForgetLeader()); break;
            case < 8: With(member, raft => raft.ReportUnreachable(_random.Pick(_members).Id)); break;
            default: Split(); break;
        }
    }

    private void With(SimMember member, Action<RaftNode> action)
    {
        if (member.Raft is null)
            return;
        action(member.Raft);
        Check(member);
    }

    private void Check(SimMember member)
    {
        Mutations.AfterStep(_mutation, member);
        _checker.Observe(member);
    }

    private void Propose(RaftNode raft)
    {
        ReadOnlyMemory<byte>[] batch = [.. Enumerable.Range(0, 1 + _random.Next(4)).Select(_ => (ReadOnlyMemory<byte>)(byte[])[.. BitConverter.GetBytes(++_lastRequest), .. new byte[_random.Next(20)]])];
        raft.Propose(batch);
    }

    private void StartRead(SimMember member, RaftNode raft)
    {
        member.Reads[++_lastRequest] = _checker.HighestCommit;
        raft.ReadIndex(BitConverter.GetBytes(_lastRequest));
    }

    // Member 1 always stays a voter, so that no change can remove the last one.
    private void ProposeConfChange(RaftNode raft)
    {
        ConfChangeSingle[] changes = [.. Enumerable.Range(0, _random.Next(4)).Select(_ =>
            new ConfChangeSingle(_random.Pick([ConfChangeType.AddNode, ConfChangeType.AddNode, ConfChangeType.RemoveNode, ConfChangeType.AddLearnerNode, ConfChangeType.UpdateNode]), 2 + (ulong)_random.Next(MemberCount - 1)))];
        if (changes.Length == 1 && _random.OneIn(2))
            raft.ProposeConfChange(new ConfChange(0, changes[0].Type, changes[0].NodeId, default));
        else
            raft.ProposeConfChange(new ConfChangeV2(changes.Length == 0 ? ConfChangeTransition.Auto : (ConfChangeTransition)_random.Next(3), changes, default));
    }

    private void Start(SimMember member)
    {
        member.Start();
        Check(member);
    }

    private void Crash(SimMember member)
    {
        if (!member.IsUp)
            return;
        member.Crash();
        Mutations.AfterCrash(_mutation, member);
    }

    // Long enough to elect another leader on the other side, mostly.
    private void Split()
    {
        _partitionEnd = _now + _random.Next(1500);
        for (int i = 0; i < _island.Length; i++)
            _island[i] = _random.Next(2);
    }

    private void DeliverSome()
    {
        for (int count = 1 + _random.Next(4); count > 0; count--)
            DeliverOne();
    }

    private void DeliverOne()
    {
        // Mostly the oldest that has arrived, sometimes any.
        int from = _random.OneIn(3) ? _random.Next(_network.Count + 1) : 0;
        int at = _network.FindIndex(from, entry => entry.NotBefore <= _now);
        if (at < 0)
            return;
        if (_random.OneIn(_isStormy ? 6 : 30))
            Lose(at);
        else if (_random.OneIn(20))
            _network.Add(_network[at]);
        else
            Deliver(at);
    }

    private void Lose(int at)
    {
        Message message = _network[at].Message;
        _network.RemoveAt(at);
        SimMember sender = _members[(int)message.From - 1];
        if (message.Type == MessageType.Snap)
            With(sender, raft => raft.ReportSnapshot(message.To, SnapshotStatus.Failure));
        else if (_random.OneIn(2))
            With(sender, raft => raft.ReportUnreachable(message.To));
    }

    private void Deliver(int at)
    {
        Message message = _network[at].Message;
        SimMember receiver = _members[(int)message.To - 1];
        // A transfer request is from its target, whoever sent it. Islands leak a little.
        bool isCutOff = message.Type != MessageType.TransferLeader && _island[message.From] != _island[message.To] && !_random.OneIn(20);
        if (!receiver.IsUp || (isCutOff && (_network.Count > MostInFlight || _random.OneIn(2))))
        {
            Lose(at);
            return;
        }
        // Between islands a message may also just be late.
        if (isCutOff)
            return;
        _network.RemoveAt(at);
        With(receiver, raft => raft.Step(Mutations.Understand(_mutation, message, receiver)));
        if (message.Type == MessageType.Snap)
            With(_members[(int)message.From - 1], raft => raft.ReportSnapshot(message.To, SnapshotStatus.Finish));
    }

    /// <summary>A member does the next piece of its work, and may crash in the middle.</summary>
    private void Work(SimMember member)
    {
        if (member.Raft is null)
            return;
        if (!member.IsAsync)
            WorkSynchronously(member);
        else
            WorkAsynchronously(member);
        if (member.IsUp)
            Check(member);
    }

    private void WorkSynchronously(SimMember member)
    {
        RaftNode raft = member.Raft!;
        if (!raft.HasReady)
            return;
        Ready ready = raft.Ready();
        bool isLeader = raft.Core.Role == RaftRole.Leader;
        _checker.Appended(member, ready.Entries.Span);
        // A leader may send entries before they are on its own disk (thesis §10.2.1).
        Send(ready.Messages.Where(message => isLeader && message.Type == MessageType.App));
        if (CrashesNow(member))
            return;
        member.Disk.Save(ready.HardState, ready.Entries.Span, ready.Snapshot, ready.MustSync);
        if (CrashesNow(member))
            return;
        Send(ready.Messages.Where(message => !isLeader || message.Type != MessageType.App));
        if (CrashesNow(member))
            return;
        AnswerReads(member, ready.ReadStates);
        member.Apply(ready.CommittedEntries.Span, _checker);
        raft.Advance();
    }

    private void WorkAsynchronously(SimMember member)
    {
        int what = _isHealed ? 0 : _random.Next(3);
        if (what == 0 && member.Raft!.HasReady)
            TakeReady(member);
        if ((_isHealed || what == 1) && member.AppendWork.TryDequeue(out Message? append))
        {
            var hardState = new HardState(append.Term, append.Vote, append.Commit);
            member.Disk.Save(hardState, EntryList.Span(append.Entries), append.Snapshot, mustSync: append.Responses.Count > 0);
            if (!CrashesNow(member))
                Respond(member, append.Responses);
        }
        if ((_isHealed || what == 2) && member.IsUp && member.ApplyWork.TryDequeue(out Message? apply))
        {
            member.Apply(EntryList.Span(apply.Entries), _checker);
            Respond(member, apply.Responses);
        }
    }

    private void TakeReady(SimMember member)
    {
        Ready ready = member.Raft!.Ready();
        _checker.Appended(member, ready.Entries.Span);
        AnswerReads(member, ready.ReadStates);
        foreach (Message message in ready.Messages)
        {
            if (message.To == RaftIds.AppendThread)
                member.AppendWork.Enqueue(message);
            else if (message.To == RaftIds.ApplyThread)
                member.ApplyWork.Enqueue(message);
            else
                Send([message]);
        }
    }

    private void Respond(SimMember member, IReadOnlyList<Message> responses)
    {
        Send(responses.Where(response => response.To != member.Id));
        foreach (Message response in responses.Where(response => response.To == member.Id))
            With(member, raft => raft.Step(response));
    }

    private void Send(IEnumerable<Message> messages)
    {
        foreach (Message message in messages)
            _network.Add((message, !_isHealed && _random.OneIn(10) ? _now + _random.Next(400) : _now));
    }

    /// <summary>The given member, or the next one that has something to do.</summary>
    private SimMember BusyMember(SimMember from) =>
        Enumerable.Range(0, MemberCount)
            .Select(offset => _members[((int)from.Id - 1 + offset) % MemberCount])
            .FirstOrDefault(member => member.Raft is { HasReady: true } || member.AppendWork.Count > 0 || member.ApplyWork.Count > 0, from);

    private void AnswerReads(SimMember member, IReadOnlyList<ReadState> answers)
    {
        foreach (ReadState answer in answers)
        {
            if (member.Reads.Remove(BitConverter.ToUInt64(answer.Context.Span), out ulong commitThen))
                SafetyChecker.ReadAnswered(member, answer.Index, commitThen);
        }
    }

    private bool CrashesNow(SimMember member)
    {
        if (_isHealed || !_random.OneIn(_isStormy ? 150 : 1000))
            return false;
        Crash(member);
        return true;
    }
}
