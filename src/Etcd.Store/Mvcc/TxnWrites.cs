using Etcd.Protocol.Errors;
using Etcd.Protocol.Wire;
using Etcd.Store.Backend;

namespace Etcd.Store.Mvcc;

/// <summary>The rule that one transaction may not write a key twice (spec api §3.6, validation step 5).</summary>
/// <remarks>
/// Per branch: two puts of one key, or a put of a key that a delete of the same branch covers, are refused; deletes may overlap. Nested
/// transactions count with both their branches, which may put the same key as each other.
/// <para>Compat: a nested put is compared with this level's deletes and those of nested transactions before it, not with those of
/// later ones, exactly as etcd walks the tree.</para></remarks>
internal sealed class TxnWrites
{
    private readonly List<byte[]> _puts = [];
    private readonly HashSet<ReadOnlyMemory<byte>> _isPut = new(ByteComparer.Instance);
    private readonly IntervalUnion _deletes = new();

    /// <returns><see cref="EtcdError.DuplicateKey"/>, or null.</returns>
    public static EtcdError? Check(ReadOnlySpan<byte> request)
    {
        TxnRequestFields txn = TxnRequestFields.Parse(request);
        return Collect(txn.Success) is null || Collect(txn.Failure) is null ? EtcdError.DuplicateKey : null;
    }

    // Null if the branch writes a key twice.
    private static TxnWrites? Collect(RepeatedField branch)
    {
        var writes = new TxnWrites();
        writes.AddDeletes(branch);
        return writes.TryAddNested(branch) && writes.TryAddPuts(branch) ? writes : null;
    }

    private void AddDeletes(RepeatedField branch)
    {
        foreach (ReadOnlySpan<byte> operation in branch)
        {
            RequestOpFields fields = RequestOpFields.Parse(operation);
            if (fields.Kind != RequestOpKind.DeleteRange)
                continue;
            DeleteRangeRequestFields delete = DeleteRangeRequestFields.Parse(fields.Request);
            byte[] key = delete.Key.ToArray();
            if (delete.RangeEnd.IsEmpty)
                _deletes.Add(key, [.. key, 0]);
            // Compat: "\0" is not read as "to the end" here, so such a delete covers nothing.
            else if (delete.RangeEnd.SequenceCompareTo(key) > 0)
                _deletes.Add(key, delete.RangeEnd.ToArray());
        }
    }

    private bool TryAddNested(RepeatedField branch)
    {
        foreach (ReadOnlySpan<byte> operation in branch)
        {
            RequestOpFields fields = RequestOpFields.Parse(operation);
            if (fields.Kind != RequestOpKind.Txn)
                continue;
            TxnRequestFields nested = TxnRequestFields.Parse(fields.Request);
            TxnWrites? success = Collect(nested.Success);
            TxnWrites? failure = success is null ? null : Collect(nested.Failure);
            if (failure is null)
                return false;
            foreach (byte[] key in success!._puts)
            {
                if (!TryAddPut(key))
                    return false;
            }
            foreach (byte[] key in failure._puts)
            {
                if (!success._isPut.Contains(key) && !TryAddPut(key))
                    return false;
            }
            _deletes.AddAll(success._deletes);
            _deletes.AddAll(failure._deletes);
        }
        return true;
    }

    private bool TryAddPuts(RepeatedField branch)
    {
        foreach (ReadOnlySpan<byte> operation in branch)
        {
            RequestOpFields fields = RequestOpFields.Parse(operation);
            if (fields.Kind == RequestOpKind.Put && !TryAddPut(PutRequestFields.Parse(fields.Request).Key.ToArray()))
                return false;
        }
        return true;
    }

    private bool TryAddPut(byte[] key)
    {
        if (_deletes.Contains(key) || !_isPut.Add(key))
            return false;
        _puts.Add(key);
        return true;
    }

    /// <summary>A set of keys made of half-open intervals.</summary>
    private sealed class IntervalUnion
    {
        // Disjoint and not touching, by their ends: begin by end.
        private readonly SortedList<ReadOnlyMemory<byte>, byte[]> _beginByEnd = new(ByteComparer.Instance);

        public bool Contains(byte[] key)
        {
            int index = FirstEndAbove(key);
            return index < _beginByEnd.Count && _beginByEnd.GetValueAtIndex(index).AsSpan().SequenceCompareTo(key) <= 0;
        }

        public void Add(byte[] begin, byte[] end)
        {
            int index = FirstEndAbove(begin);
            while (index < _beginByEnd.Count && _beginByEnd.GetValueAtIndex(index).AsSpan().SequenceCompareTo(end) <= 0)
            {
                byte[] otherBegin = _beginByEnd.GetValueAtIndex(index);
                ReadOnlyMemory<byte> otherEnd = _beginByEnd.GetKeyAtIndex(index);
                begin = otherBegin.AsSpan().SequenceCompareTo(begin) < 0 ? otherBegin : begin;
                end = otherEnd.Span.SequenceCompareTo(end) > 0 ? otherEnd.ToArray() : end;
                _beginByEnd.RemoveAt(index);
            }
            _beginByEnd[end] = begin;
        }

        public void AddAll(IntervalUnion other)
        {
            foreach ((ReadOnlyMemory<byte> end, byte[] begin) in other._beginByEnd)
                Add(begin, end.ToArray());
        }

        private int FirstEndAbove(ReadOnlySpan<byte> key)
        {
            int low = 0;
            int high = _beginByEnd.Count;
            while (low < high)
            {
                int middle = (low + high) >>> 1;
                if (_beginByEnd.GetKeyAtIndex(middle).Span.SequenceCompareTo(key) <= 0)
                    low = middle + 1;
                else
                    high = middle;
            }
            return low;
        }
    }
}
