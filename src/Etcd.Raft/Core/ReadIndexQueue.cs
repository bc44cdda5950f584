using System.Buffers.Binary;
using Etcd.Protocol.Raft;

namespace Etcd.Raft;

/// <summary>Reads that wait until a quorum confirms that we still lead (thesis §6.4).</summary>
/// <remarks>Reads of a term are numbered 1, 2, 3, ... A heartbeat carries the number of the newest one and its response
/// returns it: all reads up to the highest number that a quorum returned are confirmed. Numbers rather than the
/// requests' own contexts, because a context that is sent again could be confirmed by an answer to its first sending.
/// <code>
///   | confirmed, answered | waiting ... |
///   1            _confirmed      _confirmed + _waiting.Count
/// </code></remarks>
internal sealed class ReadIndexQueue
{
    private const int ContextBytes = sizeof(ulong);

    private readonly Queue<(Message Request, ulong Index)> _waiting = [];
    private readonly Dictionary<ulong, ulong> _acknowledged = [];
    private ulong _confirmed;

    private ulong Newest => _confirmed + (ulong)_waiting.Count;

    /// <param name="commitIndex">Where the log was committed to when the request came.</param>
    /// <param name="selfId">The leader confirms itself at once.</param>
    public void Add(Message request, ulong commitIndex, ulong selfId)
    {
        _waiting.Enqueue((request, commitIndex));
        _acknowledged[selfId] = Newest;
    }

    /// <summary>What the next heartbeat shall carry; empty if nothing waits.</summary>
    public ReadOnlyMemory<byte> HeartbeatContext()
    {
        if (_waiting.Count == 0)
            return default;
        byte[] context = new byte[ContextBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(context, Newest);
        return context;
    }

    /// <summary>A heartbeat response returned <paramref name="context"/>; one that we did not make is ignored.</summary>
    public void Acknowledge(ulong from, ReadOnlySpan<byte> context)
    {
        if (context.Length != ContextBytes)
            return;
        ulong number = BinaryPrimitives.ReadUInt64LittleEndian(context);
        if (number <= Newest)
            _acknowledged[from] = Math.Max(number, _acknowledged.GetValueOrDefault(from));
    }

    /// <summary>Takes the next read that is confirmed by a quorum of <paramref name="voters"/>.</summary>
    public bool TryTakeConfirmed(JointQuorum voters, out Message request, out ulong index)
    {
        (request, index) = (null!, 0);
        if (_waiting.Count == 0 || voters.CommittedIndex(Acknowledged) <= _confirmed)
            return false;
        _confirmed++;
        (request, index) = _waiting.Dequeue();
        return true;
    }

    /// <summary>A new term begins: whoever asked asks again.</summary>
    public void Clear()
    {
        _waiting.Clear();
        _acknowledged.Clear();
        _confirmed = 0;
    }

    private ulong? Acknowledged(ulong voter) => _acknowledged.TryGetValue(voter, out ulong number) ? number : null;
}
