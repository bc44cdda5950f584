using Etcd.Foundation;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Wire;
using Etcd.Store.Lease;
using Etcd.Store.Mvcc.Index;

namespace Etcd.Store.Mvcc;

/// <summary>Runs one TxnRequest (spec api §3.6): decides every branch first, checks the branches that will run, then runs them.</summary>
/// <remarks>Without an <see cref="StoreOperations"/> the request has no writes and everything is read from one view.</remarks>
internal sealed class TxnRunner
{
    private readonly ReadView _view;
    private readonly ILeaseKeys? _leases;
    private readonly StoreOperations? _operations;
    // Which branch each transaction takes, outermost first, nested ones in the order in which they are run.
    private readonly List<bool> _path = [];
    private int _next;

    /// <param name="view">The state before the request.</param>
    /// <param name="leases">Null if the request has no writes.</param>
    /// <param name="operations">Null if the request has no writes.</param>
    public TxnRunner(in ReadView view, ILeaseKeys? leases, StoreOperations? operations)
    {
        _view = view;
        _leases = leases;
        _operations = operations;
    }

    /// <summary>A record that should be there was not: compacted away while we looked.</summary>
    public bool IsRecordMissing { get; private set; }

    /// <summary>Decides which branches run and whether they can.</summary>
    public EtcdError? Prepare(ReadOnlySpan<byte> request)
    {
        Decide(request);
        _next = 0;
        return Check(request);
    }

    /// <summary>Runs the branches; writes the TxnResponse fields behind the header.</summary>
    public void Run(ReadOnlySpan<byte> request, ResponseBuffer output)
    {
        _next = 0;
        RunBranch(request, output);
    }

    private static RepeatedField Branch(in TxnRequestFields txn, bool succeeded) => succeeded ? txn.Success : txn.Failure;

    private void Decide(ReadOnlySpan<byte> request)
    {
        TxnRequestFields txn = TxnRequestFields.Parse(request);
        bool succeeded = true;
        foreach (ReadOnlySpan<byte> compare in txn.Compares)
        {
            if (!Holds(CompareFields.Parse(compare)))
            {
                succeeded = false;
                break;
            }
        }
        _path.Add(succeeded);
        foreach (ReadOnlySpan<byte> operation in Branch(txn, succeeded))
        {
            RequestOpFields fields = RequestOpFields.Parse(operation);
            if (fields.Kind == RequestOpKind.Txn)
                Decide(fields.Request);
        }
    }

    private bool Holds(in CompareFields compare)
    {
        var range = new KeyRange(compare.Key, compare.RangeEnd);
        if (range.IsSingle)
        {
            bool exists = _view.Index.TryFind(range.Key, out KeyEntry entry) && !entry.IsTombstone;
            return exists ? Holds(compare, entry) : HoldsWithoutKey(compare);
        }
        bool any = false;
        IndexCursor cursor = _view.Index.Scan(range.Key, range.End, range.HasEnd);
        while (cursor.MoveNext())
        {
            if (cursor.Entry.IsTombstone)
                continue;
            any = true;
            if (!Holds(compare, cursor.Entry))
                return false;
        }
        return any || HoldsWithoutKey(compare);
    }

    // Compat: a key that does not exist has version, revisions and lease 0, but no value, not even an unequal one.
    private static bool HoldsWithoutKey(in CompareFields compare) =>
        compare.Target != CompareTarget.Value && Holds(compare.Result, 0L.CompareTo(compare.Number));

    private bool Holds(in CompareFields compare, in KeyEntry entry)
    {
        switch (compare.Target)
        {
            case CompareTarget.Version:
                return Holds(compare.Result, entry.Version.CompareTo(compare.Number));
            case CompareTarget.Create:
                return Holds(compare.Result, entry.CreateMain.CompareTo(compare.Number));
            case CompareTarget.Mod:
                return Holds(compare.Result, entry.ModMain.CompareTo(compare.Number));
            case CompareTarget.Value:
                return Holds(compare.Result, Record(entry).Value.SequenceCompareTo(compare.Value));
            case CompareTarget.Lease:
                return Holds(compare.Result, (entry.HasLease ? Record(entry).Lease : 0).CompareTo(compare.Number));
            default:
                return Holds(compare.Result, 0); // Compat: Go compares nothing with an unknown target and goes by "equal".
        }
    }

    private static bool Holds(CompareResult result, int order) => result switch
    {
        CompareResult.Equal => order == 0,
        CompareResult.Greater => order > 0,
        CompareResult.Less => order < 0,
        CompareResult.NotEqual => order != 0,
        _ => true, // Compat: Go lets an unknown relation hold.
    };

    private KeyValueFields Record(in KeyEntry entry)
    {
        if (_view.Records.TryGetRecord(entry.Mod, out ReadOnlySpan<byte> record))
            return KeyValueFields.Parse(record);
        IsRecordMissing = true;
        return default;
    }

    private EtcdError? Check(ReadOnlySpan<byte> request)
    {
        TxnRequestFields txn = TxnRequestFields.Parse(request);
        foreach (ReadOnlySpan<byte> operation in Branch(txn, _path[_next++]))
        {
            RequestOpFields fields = RequestOpFields.Parse(operation);
            EtcdError? refusal = fields.Kind switch
            {
                RequestOpKind.Range => CheckRange(RangeRequestFields.Parse(fields.Request).Revision),
                RequestOpKind.Put => CheckPut(PutRequestFields.Parse(fields.Request)),
                RequestOpKind.Txn => Check(fields.Request),
                _ => null,
            };
            if (refusal is not null)
                return refusal;
        }
        return null;
    }

    private EtcdError? CheckRange(long revision)
    {
        if (revision == 0)
            return null;
        if (revision > _view.CurrentRevision)
            return EtcdError.FutureRevision;
        return revision < _view.CompactedRevision ? EtcdError.Compacted : null;
    }

    private EtcdError? CheckPut(in PutRequestFields put)
    {
        if (put.Lease != 0 && !_leases!.Exists(put.Lease))
            return EtcdError.LeaseNotFound;
        if (!put.IgnoreValue && !put.IgnoreLease)
            return null;
        return _view.Index.TryFind(put.Key, out KeyEntry entry) && !entry.IsTombstone ? null : EtcdError.KeyNotFound;
    }

    private void RunBranch(ReadOnlySpan<byte> request, ResponseBuffer output)
    {
        const int SucceededField = 2, ResponsesField = 3;
        TxnRequestFields txn = TxnRequestFields.Parse(request);
        bool succeeded = _path[_next++];
        output.WriteNumber(SucceededField, succeeded ? 1 : 0);
        foreach (ReadOnlySpan<byte> operation in Branch(txn, succeeded))
        {
            RequestOpFields fields = RequestOpFields.Parse(operation);
            int response = output.BeginMessage(ResponsesField);
            int body = output.BeginMessage((int)fields.Kind); // ResponseOp numbers its union as RequestOp does.
            RunOperation(fields, output);
            output.EndMessage(body);
            output.EndMessage(response);
        }
    }

    private void RunOperation(in RequestOpFields operation, ResponseBuffer output)
    {
        switch (operation.Kind)
        {
            case RequestOpKind.Range:
                RunRange(RangeRequestFields.Parse(operation.Request), output);
                break;
            case RequestOpKind.Put:
                _operations!.Put(PutRequestFields.Parse(operation.Request), output, nested: true);
                break;
            case RequestOpKind.DeleteRange:
                _operations!.DeleteRange(DeleteRangeRequestFields.Parse(operation.Request), output, nested: true);
                break;
            case RequestOpKind.Txn:
                output.WriteHeader(revision: 0); // Compat: the header of a nested transaction is there but empty.
                RunBranch(operation.Request, output);
                break;
            default:
                Invariant.Holds(false, "a transaction with an empty operation was let through");
                break;
        }
    }

    private void RunRange(in RangeRequestFields range, ResponseBuffer output)
    {
        ReadView view = _operations is null ? _view : _operations.View;
        using var query = new RangeQuery();
        EtcdError? refusal = query.Find(view, range);
        Invariant.Holds(refusal is null, $"a range in a checked transaction was refused: {refusal?.Message}");
        output.WriteHeader(view.CurrentRevision);
        query.WriteBody(view.Records, range.KeysOnly, output);
        IsRecordMissing |= query.IsRecordMissing;
    }
}
