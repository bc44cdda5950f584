using System.Globalization;
using System.Text;
using Etcd.Protocol.Raft;

namespace Etcd.Raft.Tests.Scenarios;

/// <summary>A raft group driven by the commands of etcd's scenario language; prints what etcd's harness prints.</summary>
internal sealed class ScenarioCluster
{
    private readonly List<ScenarioNode> _nodes = [];
    private readonly ScenarioOutput _output = new();
    private List<Message> _messages = [];

    /// <summary>Runs one step and returns its output.</summary>
    public string Run(ScenarioStep step)
    {
        var first = ScenarioCommand.Parse(step.Input[0]);
        if (first.Name == "propose-conf-change")
            Guard(() => ProposeConfChange(first, string.Join('\n', step.Input.Skip(1))));
        else
        {
            foreach (string line in step.Input)
                Guard(() => RunSingle(ScenarioCommand.Parse(line)));
        }
        string output = _output.Take();
        if (output.Length == 0)
            return "ok\n";
        return output.EndsWith('\n') ? output : output + "\n";
    }

    private void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (ScenarioException error)
        {
            int level = _output.Level;
            _output.Level = 0;
            _output.Print(error.Message);
            _output.Level = level;
        }
    }

    private void RunSingle(ScenarioCommand command)
    {
        switch (command.Name)
        {
            case "add-nodes": AddNodes(command); break;
            case "campaign": Node(command, 0).Raft.Campaign(); break;
            case "compact": Compact(Node(command, 0), Number(command, 1)); break;
            case "deliver-msgs": Deliver(command); break;
            case "process-ready": ForEach(command, "handling Ready", ProcessReady); break;
            case "process-append-thread": ForEach(command, "processing append thread", ProcessAppend); break;
            case "process-apply-thread": ForEach(command, "processing apply thread", ProcessApply); break;
            case "log-level": _output.SetLevel(command.Arguments[0].Key); break;
            case "raft-log": PrintLog(Node(command, 0)); break;
            case "raft-state": PrintState(); break;
            case "status": PrintStatus(Node(command, 0)); break;
            case "set-randomized-election-timeout":
                Node(command, 0).Raft.Core.RandomizedElectionTimeout = int.Parse(Value(command, "timeout"), CultureInfo.InvariantCulture);
                break;
            case "stabilize": Stabilize(command); break;
            case "tick-election": Tick(Node(command, 0), Node(command, 0).Config.ElectionTick); break;
            case "tick-heartbeat": Tick(Node(command, 0), Node(command, 0).Config.HeartbeatTick); break;
            case "transfer-leadership": Node(Value(command, "from")).Raft.TransferLeader(ulong.Parse(Value(command, "to"), CultureInfo.InvariantCulture)); break;
            case "forget-leader": Node(command, 0).Raft.ForgetLeader(); break;
            case "send-snapshot": SendSnapshot(Node(command, 0), Number(command, 1)); break;
            case "propose": Check(Node(command, 0).Raft.Propose(Bytes(command.Arguments[1].Key))); break;
            case "report-unreachable": Node(command, 0).Raft.ReportUnreachable(Number(command, 1)); break;
            // The following are ours; etcd's harness has no word for them.
            case "report-snapshot": Node(command, 0).Raft.ReportSnapshot(Number(command, 1), Enum.Parse<SnapshotStatus>(command.Arguments[2].Key, ignoreCase: true)); break;
            case "read-index": Node(command, 0).Raft.ReadIndex(Bytes(command.Arguments[1].Key)); break;
            case "propose-batch": Check(Node(command, 0).Raft.Propose([.. command.Arguments.Skip(1).Select(argument => (ReadOnlyMemory<byte>)Bytes(argument.Key))])); break;
            case "restart": Node(command, 0).Restart(); break;
            default: throw new ScenarioException("unknown command");
        }
    }

    private void AddNodes(ScenarioCommand command)
    {
        var config = new RaftConfig
        {
            Id = 0,
            Storage = null!,
            ElectionTick = 3,
            HeartbeatTick = 1,
            MaxSizePerMsg = ulong.MaxValue,
            MaxInflightMsgs = int.MaxValue,
        };
        var confState = new ConfState();
        ulong index = 0;
        byte[] content = [];
        foreach (ScenarioArgument argument in command.Arguments.Skip(1))
        {
            string value = argument.Values[0];
            switch (argument.Key)
            {
                case "voters": confState = confState with { Voters = Ids(argument) }; break;
                case "learners": confState = confState with { Learners = Ids(argument) }; break;
                case "index": index = Number(value); break;
                case "content": content = Bytes(value); break;
                default: config = Configure(config, argument.Key, value); break;
            }
        }
        bool isBootstrapped = index > 0 || confState.Voters.Count > 0 || confState.Learners.Count > 0 || content.Length > 0;
        if (isBootstrapped && index <= 1)
            throw new ScenarioException("index must be specified as > 1 due to bootstrap");
        Snapshot snapshot = isBootstrapped ? new Snapshot(new SnapshotMetadata(confState, index, 1), content) : Snapshot.Empty;
        for (ulong i = 0; i < Number(command, 0); i++)
            _nodes.Add(new ScenarioNode(config with { Applied = index }, (ulong)_nodes.Count + 1, snapshot, _output));
    }

    private static RaftConfig Configure(RaftConfig config, string key, string value) => key switch
    {
        "inflight" => config with { MaxInflightMsgs = int.Parse(value, CultureInfo.InvariantCulture) },
        "inflight-bytes" => config with { MaxInflightBytes = Number(value) },
        "max-size-per-msg" => config with { MaxSizePerMsg = Number(value) },
        "max-committed-size-per-ready" => config with { MaxCommittedSizePerReady = Number(value) },
        "max-uncommitted-size" => config with { MaxUncommittedEntriesSize = Number(value) },
        "async-storage-writes" => config with { AsyncStorageWrites = bool.Parse(value) },
        "prevote" => config with { PreVote = bool.Parse(value) },
        "checkquorum" => config with { CheckQuorum = bool.Parse(value) },
        "disable-conf-change-validation" => config with { DisableConfChangeValidation = bool.Parse(value) },
        "disable-proposal-forwarding" => config with { DisableProposalForwarding = bool.Parse(value) },
        "step-down-on-removal" => config with { StepDownOnRemoval = bool.Parse(value) },
        "read-only" when value == "safe" => config with { ReadOnlyOption = ReadOnlyOption.Safe },
        "read-only" when value == "lease-based" => config with { ReadOnlyOption = ReadOnlyOption.LeaseBased },
        "read-only" => throw new ScenarioException($"invalid read-only option \"{value}\""),
        _ => config,
    };

    private void ProposeConfChange(ScenarioCommand command, string input)
    {
        bool isV1 = false;
        ConfChangeTransition transition = ConfChangeTransition.Auto;
        foreach (ScenarioArgument argument in command.Arguments.Skip(1))
        {
            if (argument.Key == "v1")
                isV1 = bool.Parse(argument.Values[0]);
            else
                transition = argument.Values[0] switch { "implicit" => ConfChangeTransition.JointImplicit, "explicit" => ConfChangeTransition.JointExplicit, _ => ConfChangeTransition.Auto };
        }
        ConfChangeSingle[] changes = [.. input.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Select(ParseChange)];
        RaftNode raft = Node(command, 0).Raft;
        Check(isV1 ? raft.ProposeConfChange(new ConfChange(0, changes[0].Type, changes[0].NodeId, default)) : raft.ProposeConfChange(new ConfChangeV2(transition, changes, default)));
    }

    private static ConfChangeSingle ParseChange(string word) => new(
        word[0] switch
        {
            'v' => ConfChangeType.AddNode,
            'l' => ConfChangeType.AddLearnerNode,
            'r' => ConfChangeType.RemoveNode,
            'u' => ConfChangeType.UpdateNode,
            _ => throw new ScenarioException($"unknown input: {word}"),
        },
        Number(word[1..]));

    private void ForEach(ScenarioCommand command, string title, Action<ScenarioNode> action)
    {
        foreach (ScenarioArgument argument in command.Arguments)
        {
            if (command.Arguments.Count == 1)
                action(Node(argument.Key));
            else
                Titled(Node(argument.Key), title, action);
        }
    }

    private void Titled(ScenarioNode node, string title, Action<ScenarioNode> action)
    {
        _output.Print($"> {node.Id} {title}\n");
        _output.Indented(() => action(node));
    }

    private void ProcessReady(ScenarioNode node)
    {
        Ready ready = node.Raft.Ready();
        _output.Print(RaftText.Describe(ready));
        if (!node.Config.AsyncStorageWrites)
        {
            node.Save(ready.HardState, ready.Entries.Span, ready.Snapshot);
            node.Apply(ready.CommittedEntries.Span);
        }
        foreach (Message message in ready.Messages)
        {
            if (message.To == RaftIds.AppendThread)
                node.AppendWork.Enqueue(message);
            else if (message.To == RaftIds.ApplyThread)
                node.ApplyWork.Enqueue(message);
            else
                _messages.Add(message);
        }
        if (!node.Config.AsyncStorageWrites)
            node.Raft.Advance();
    }

    private void ProcessAppend(ScenarioNode node) => ProcessWork(node.AppendWork, "append", work =>
        node.Save(new HardState(work.Term, work.Vote, work.Commit), EntryList.Span(work.Entries), work.Snapshot));

    private void ProcessApply(ScenarioNode node) => ProcessWork(node.ApplyWork, "apply", work => node.Apply(EntryList.Span(work.Entries)));

    private void ProcessWork(Queue<Message> queue, string kind, Action<Message> process)
    {
        if (!queue.TryDequeue(out Message? work))
        {
            _output.Print($"no {kind} work to perform");
            return;
        }
        _output.Print($"Processing:\n{RaftText.Describe(work with { Responses = [] })}\n");
        process(work);
        _output.Print("Responses:\n");
        foreach (Message response in work.Responses)
            _output.Print(RaftText.Describe(response) + "\n");
        _messages.AddRange(work.Responses);
    }

    private void Deliver(ScenarioCommand command)
    {
        string? type = command.Arguments.FirstOrDefault(argument => argument.Key == "type")?.Values[0];
        int handled = 0;
        foreach (ScenarioArgument argument in command.Arguments)
        {
            if (argument.Values.Count == 0)
                handled += Deliver(Number(argument.Key), type, isDropped: false);
            else if (argument.Key == "drop")
                handled += argument.Values.Sum(id => Deliver(Number(id), type, isDropped: true));
        }
        if (handled == 0)
            _output.Print("no messages\n");
    }

    private int Deliver(ulong to, string? type, bool isDropped)
    {
        List<Message> chosen = [.. _messages.Where(message => IsChosen(message, to, type, isDropped))];
        _messages = [.. _messages.Where(message => !IsChosen(message, to, type, isDropped))];
        foreach (Message message in chosen)
        {
            _output.Print($"{(isDropped ? "dropped: " : "")}{RaftText.Describe(message)}\n");
            RaftError? error = isDropped ? null : _nodes[(int)to - 1].Raft.Step(message);
            if (error is not null)
                _output.Print(error.Message + "\n");
        }
        return chosen.Count;
    }

    // Messages of a member to itself or to its threads cannot get lost.
    private static bool IsChosen(Message message, ulong to, string? type, bool isDropped) =>
        message.To == to
        && !(isDropped && (message.From == to || RaftIds.IsLocalThread(message.From)))
        && (type is null || RaftNames.Of(message.Type) == type);

    private void Stabilize(ScenarioCommand command)
    {
        int level = _output.Level;
        ScenarioArgument? levelArgument = command.Arguments.FirstOrDefault(argument => argument.Key == "log-level");
        if (levelArgument is not null)
            _output.SetLevel(levelArgument.Values[0]);
        ScenarioNode[] nodes = [.. command.Arguments.Where(argument => argument.Values.Count == 0).Select(argument => Node(argument.Key))];
        if (nodes.Length == 0)
            nodes = [.. _nodes];
        while (StabilizeOnce(nodes))
        {
            // Until nothing is left to do.
        }
        _output.Level = level;
    }

    private bool StabilizeOnce(ScenarioNode[] nodes)
    {
        bool isBusy = false;
        foreach (ScenarioNode node in nodes.Where(node => node.Raft.HasReady))
        {
            Titled(node, "handling Ready", ProcessReady);
            isBusy = true;
        }
        foreach (ScenarioNode node in nodes.Where(node => _messages.Any(message => message.To == node.Id)))
        {
            Titled(node, "receiving messages", receiver => Deliver(receiver.Id, type: null, isDropped: false));
            isBusy = true;
        }
        isBusy |= Drain(nodes, "processing append thread", node => node.AppendWork, ProcessAppend);
        isBusy |= Drain(nodes, "processing apply thread", node => node.ApplyWork, ProcessApply);
        return isBusy;
    }

    private bool Drain(ScenarioNode[] nodes, string title, Func<ScenarioNode, Queue<Message>> queue, Action<ScenarioNode> process)
    {
        bool isBusy = false;
        foreach (ScenarioNode node in nodes.Where(node => queue(node).Count > 0))
        {
            _output.Print($"> {node.Id} {title}\n");
            while (queue(node).Count > 0)
                _output.Indented(() => process(node));
            isBusy = true;
        }
        return isBusy;
    }

    private static void Tick(ScenarioNode node, int ticks)
    {
        for (int i = 0; i < ticks; i++)
            node.Raft.Tick();
    }

    private void Compact(ScenarioNode node, ulong index)
    {
        RaftError? error = node.Storage.Memory.Compact(index);
        if (error is not null)
            throw new ScenarioException(error.Message);
        PrintLog(node);
    }

    private void PrintLog(ScenarioNode node)
    {
        MemoryStorage storage = node.Storage.Memory;
        if (storage.LastIndex < storage.FirstIndex)
        {
            _output.Print($"log is empty: first index={storage.FirstIndex}, last index={storage.LastIndex}");
            return;
        }
        storage.Entries(storage.FirstIndex, storage.LastIndex + 1, ulong.MaxValue, out ReadOnlyMemory<Entry> entries);
        _output.Print(RaftText.Describe(entries.Span));
    }

    private void PrintState()
    {
        foreach (ScenarioNode node in _nodes)
        {
            BasicStatus status = node.Raft.BasicStatus();
            bool isVoter = node.Raft.Core.Tracker.Config.Voters.Contains(node.Id);
            _output.Print($"{node.Id}: {RaftNames.Of(status.SoftState.Role)} ({(isVoter ? "Voter" : "Non-Voter")}) Term:{status.HardState.Term} Lead:{status.SoftState.LeaderId}\n");
        }
    }

    private void PrintStatus(ScenarioNode node)
    {
        if (node.Raft.Core.Role != RaftRole.Leader)
            return;
        foreach ((ulong id, Progress progress) in node.Raft.Core.Tracker.Progress)
            _output.Print($"{id}: {progress}\n");
    }

    private void SendSnapshot(ScenarioNode from, ulong to)
    {
        var message = new Message { Type = MessageType.Snap, From = from.Id, To = to, Term = from.Raft.Core.Term, Snapshot = from.History[^1] };
        _messages.Add(message);
        _output.Print(RaftText.Describe(message));
    }

    private static void Check(RaftError? error)
    {
        if (error is not null)
            throw new ScenarioException(error.Message);
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static ulong Number(string text) => ulong.Parse(text, CultureInfo.InvariantCulture);

    private static ulong Number(ScenarioCommand command, int position) => Number(command.Arguments[position].Key);

    private static ulong[] Ids(ScenarioArgument argument) => [.. argument.Values.Select(Number)];

    private static string Value(ScenarioCommand command, string key) => command.Arguments.Single(argument => argument.Key == key).Values[0];

    private ScenarioNode Node(string id) => _nodes[(int)Number(id) - 1];

    private ScenarioNode Node(ScenarioCommand command, int position) => Node(command.Arguments[position].Key);
}
