using System.Buffers.Binary;
using Etcd.Protocol.Errors;
using Etcd.Raft;

namespace Etcd.Server.Reads;

/// <summary>Lets readers wait until everything that was committed when they asked is applied here (thesis §6.4).</summary>
/// <remarks>Readers that come while a read index is being asked for gather into the next batch: one question to raft
/// serves all of them. <see cref="WaitAsync"/> may be called from any thread, <see cref="TakeBatch"/>,
/// <see cref="IndexKnown"/> and <see cref="TakeUnanswered"/> belong to the member loop, <see cref="AppliedUpTo"/> to the apply loop.</remarks>
internal sealed class ReadBarrier(Action askLoop)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, Batch> _asked = [];
    private readonly List<Batch> _waitingForApply = [];
    private Batch? _gathering;
    private ulong _lastId;
    private ulong _appliedIndex;

    public Task WaitAsync(CancellationToken cancellationToken)
    {
        Task done;
        bool first = false;
        lock (_lock)
        {
            if (_gathering is null)
            {
                _gathering = new Batch(++_lastId);
                first = true;
            }
            done = _gathering.Done.Task;
        }
        if (first)
            askLoop();
        return done.WaitAsync(cancellationToken);
    }

    /// <summary>Closes the gathering batch: who comes now waits for the next one.</summary>
    /// <returns>The context for raft's ReadIndex, or null if nobody waits.</returns>
    public byte[]? TakeBatch()
    {
        lock (_lock)
        {
            if (_gathering is not { } batch)
                return null;
            _gathering = null;
            _asked.Add(batch.Id, batch);
            return Context(batch.Id);
        }
    }

    /// <summary>Contexts of all batches that raft has not answered: it drops questions when the leader changes.</summary>
    public IReadOnlyList<byte[]> TakeUnanswered()
    {
        lock (_lock)
            return [.. _asked.Keys.Order().Select(Context)];
    }

    public void IndexKnown(in ReadState state)
    {
        Batch? ready = null;
        lock (_lock)
        {
            if (!_asked.Remove(BinaryPrimitives.ReadUInt64BigEndian(state.Context.Span), out Batch? batch))
                return;
            batch.Index = state.Index;
            if (batch.Index <= _appliedIndex)
                ready = batch;
            else
                _waitingForApply.Add(batch);
        }
        ready?.Done.TrySetResult();
    }

    public void AppliedUpTo(ulong index)
    {
        lock (_lock)
        {
            _appliedIndex = index;
            for (int i = _waitingForApply.Count - 1; i >= 0; i--)
            {
                if (_waitingForApply[i].Index > index)
                    continue;
                _waitingForApply[i].Done.TrySetResult(); // Its readers continue on the pool, not under this lock.
                _waitingForApply.RemoveAt(i);
            }
        }
    }

    /// <summary>Ends every wait: the member stops.</summary>
    public void Fail(EtcdError reason)
    {
        lock (_lock)
        {
            foreach (Batch batch in _asked.Values.Concat(_waitingForApply).Append(_gathering ?? new Batch(0)))
                batch.Done.TrySetException(new EtcdException(reason));
            _asked.Clear();
            _waitingForApply.Clear();
            _gathering = null;
        }
    }

    private static byte[] Context(ulong id)
    {
        byte[] context = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(context, id);
        return context;
    }

    private sealed class Batch(ulong id)
    {
        public ulong Id { get; } = id;

        public ulong Index { get; set; }

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
