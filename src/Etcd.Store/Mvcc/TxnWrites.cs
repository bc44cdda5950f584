using Etcd.Protocol.Wire;
using Etcd.Store.Backend;

namespace Etcd.Store.Mvcc;

/// <summary>The keys that one branch of a transaction may put and the ranges that it may delete, nested branches included:
/// no key may be put twice, or put and deleted.</summary>
internal sealed class TxnWrites
{
    private readonly HashSet<byte[]> _puts = new(ByteComparer.Instance);
    private readonly List<(byte[] Key, byte[] RangeEnd)> _deletes = [];

    /// <returns>False if two writes collide.</returns>
    public static bool TryCollect(RepeatedField operations, out TxnWrites writes)
    {
        writes = new TxnWrites();
        foreach (ReadOnlySpan<byte> operation in operations)
        {
            RequestOpFields op = RequestOpFields.Parse(operation);
            if (op.Kind == RequestOpKind.DeleteRange)
                writes.AddDelete(DeleteRangeRequestFields.Parse(op.Request));
        }
        return writes.TryAddNested(operations) && writes.TryAddPuts(operations);
    }

    private bool TryAddNested(RepeatedField operations)
    {
        foreach (ReadOnlySpan<byte> operation in operations)
        {
            RequestOpFields op = RequestOpFields.Parse(operation);
            if (op.Kind != RequestOpKind.Txn)
                continue;
            TxnRequestFields txn = TxnRequestFields.Parse(op.Request);
            if (!TryCollect(txn.Success, out TxnWrites success) || !TryCollect(txn.Failure, out TxnWrites failure))
                return false;
            // Only one of the two branches runs, so they may put the same key.
            if (!success._puts.All(TryAddPut) || !failure._puts.All(key => success._puts.Contains(key) ? !IsDeleted(key) : TryAddPut(key)))
                return false;
            _deletes.AddRange(success._deletes);
            _deletes.AddRange(failure._deletes);
        }
        return true;
    }

    private bool TryAddPuts(RepeatedField operations)
    {
        foreach (ReadOnlySpan<byte> operation in operations)
        {
            RequestOpFields op = RequestOpFields.Parse(operation);
            if (op.Kind == RequestOpKind.Put && !TryAddPut(PutRequestFields.Parse(op.Request).Key.ToArray()))
                return false;
        }
        return true;
    }

    private bool TryAddPut(byte[] key) => !IsDeleted(key) && _puts.Add(key);

    private void AddDelete(DeleteRangeRequestFields delete) => _deletes.Add((delete.Key.ToArray(), delete.RangeEnd.ToArray()));

    // Compat: etcd does not see "from this key on" (range end \0) as a range here, so it never collides; neither does an empty one.
    private bool IsDeleted(byte[] key)
    {
        foreach ((byte[] first, byte[] rangeEnd) in _deletes)
        {
            bool inside = rangeEnd.Length == 0
                ? key.AsSpan().SequenceEqual(first)
                : key.AsSpan().SequenceCompareTo(first) >= 0 && key.AsSpan().SequenceCompareTo(rangeEnd) < 0;
            if (inside)
                return true;
        }
        return false;
    }
}
