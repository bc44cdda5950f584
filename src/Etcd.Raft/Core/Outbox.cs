using Etcd.Foundation;
using Etcd.Protocol.Raft;

namespace Etcd.Raft;

/// <summary>Messages for the next Ready.</summary>
internal sealed class Outbox(ulong selfId)
{
    private List<Message> _now = [];
    private List<Message> _afterAppend = [];

    /// <summary>May be sent at once; all to other members.</summary>
    public IReadOnlyList<Message> Now => _now;

    /// <summary>May be sent, or stepped here if to ourselves, when all unstable state up to now is saved.</summary>
    public IReadOnlyList<Message> AfterAppend => _afterAppend;

    public bool IsEmpty => _now.Count == 0 && _afterAppend.Count == 0;

    /// <param name="currentTerm">What every message carries, but votes (the term of the campaign) and requests to the leader (0).</param>
    public void Send(Message message, ulong currentTerm)
    {
        if (MessageRules.IsVote(message.Type))
            Invariant.Holds(message.Term != 0, $"term should be set when sending {RaftNames.Of(message.Type)}");
        else if (message.Type is MessageType.Prop or MessageType.ReadIndex)
            Invariant.Holds(message.Term == 0, $"term should not be set when sending {RaftNames.Of(message.Type)} (was {message.Term})");
        else
            Invariant.Holds(message.Term == currentTerm, $"{RaftNames.Of(message.Type)} is of term {message.Term} instead of {currentTerm}");
        if (MessageRules.WaitsForDisk(message.Type))
        {
            _afterAppend.Add(message);
            return;
        }
        Invariant.Holds(message.To != selfId, $"message should not be self-addressed when sending {RaftNames.Of(message.Type)}");
        _now.Add(message);
    }

    /// <summary>Everything was handed over. The lists now belong to whoever took them.</summary>
    public void StartOver()
    {
        if (_now.Count > 0)
            _now = [];
        if (_afterAppend.Count > 0)
            _afterAppend = [];
    }
}
