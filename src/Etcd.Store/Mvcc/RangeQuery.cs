using System.Buffers;
using Etcd.Foundation;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Wire;
using Etcd.Store.Backend;
using Etcd.Store.Mvcc.Index;

namespace Etcd.Store.Mvcc;

/// <summary>Finds the revisions that answer a RangeRequest, in the order of the answer, and writes the answer.</summary>
/// <remarks>Two steps, so that a reader can let go of the index before it copies records: <see cref="Find"/> looks at the index only
/// (and at records where a filter or a sort order needs them), <see cref="WriteBody"/> at records only.</remarks>
internal sealed class RangeQuery : IDisposable
{
    private const int KeyValuesField = 2;
    private const int MoreField = 3;
    private const int CountField = 4;
    private RevisionList _revisions;

    /// <summary>Keys in the range at that revision, ignoring limit and filters.</summary>
    public long Count { get; private set; }

    public bool More { get; private set; }

    /// <summary>A record that should be there was not: it was compacted away while we looked.</summary>
    public bool IsRecordMissing { get; private set; }

    public int Found => _revisions.Count;

    /// <summary>The revision that a request's <c>revision</c> field means in a view, or why it cannot be read.</summary>
    public static EtcdError? ResolveRevision(in ReadView view, long requested, out long revision)
    {
        revision = requested <= 0 ? view.CurrentRevision : requested;
        if (revision > view.CurrentRevision)
            return EtcdError.FutureRevision;
        return revision < view.CompactedRevision ? EtcdError.Compacted : null;
    }

    /// <summary>Finds the revisions of the answer.</summary>
    /// <param name="view">What to look at.</param>
    /// <param name="request">Checked by <see cref="RequestValidation"/>.</param>
    /// <param name="counts">False if <see cref="Count"/> is of no interest, which saves the way to the end of the range.</param>
    public EtcdError? Find(in ReadView view, in RangeRequestFields request, bool counts = true)
    {
        EtcdError? refusal = ResolveRevision(view, request.Revision, out long revision);
        if (refusal is not null)
            return refusal;
        var range = new KeyRange(request.Key, request.RangeEnd);
        bool filtered = HasFilter(request);
        // Compat: a sort target without an order does not lift the limit, so the first keys are sorted, not all.
        bool natural = request.SortOrder == SortOrder.None || request is { SortOrder: SortOrder.Ascend, SortTarget: SortTarget.Key };
        bool limited = request.Limit > 0 && request.Limit < long.MaxValue && natural && !filtered;
        if (range.IsSingle)
            FindOne(view, range.Key, revision, request.CountOnly);
        else
            FindMany(view, range, revision, request.CountOnly ? 0 : limited ? request.Limit + 1 : long.MaxValue, counts);
        if (filtered)
            Filter(view, request);
        if (request.SortTarget != SortTarget.Key || request.SortOrder == SortOrder.Descend)
            Sort(view, request);
        More = request.Limit > 0 && _revisions.Count > request.Limit;
        if (More)
            _revisions.Truncate((int)request.Limit);
        return null;
    }

    /// <summary>Writes the RangeResponse fields behind the header.</summary>
    public void WriteBody(BackendView records, bool keysOnly, IBufferWriter<byte> output)
    {
        WriteKeyValues(records, keysOnly, KeyValuesField, output);
        WriteTotals(More, Count, output);
    }

    /// <summary>Writes fields <c>more</c> and <c>count</c>.</summary>
    public static void WriteTotals(bool more, long count, IBufferWriter<byte> output)
    {
        var writer = new WireWriter(output.GetSpan(WireWriter.OptionalSize(MoreField, 1) + WireWriter.OptionalSize(CountField, count)));
        writer.WriteOptional(MoreField, more ? 1 : 0);
        writer.WriteOptional(CountField, count);
        output.Advance(writer.BytesWritten);
    }

    /// <summary>Writes one message field per revision found.</summary>
    public void WriteKeyValues(BackendView records, bool keysOnly, int field, IBufferWriter<byte> output)
    {
        foreach (Revision revision in _revisions.Items)
        {
            if (!records.TryGetRecord(revision, out ReadOnlySpan<byte> record))
            {
                IsRecordMissing = true;
                return;
            }
            if (keysOnly)
                WriteWithoutValue(record, field, output);
            else
                WriteRecord(record, field, output);
        }
    }

    /// <summary>Copies the user key of the last revision found.</summary>
    public byte[] LastKey(BackendView records)
    {
        bool found = records.TryGetRecord(_revisions.Items[^1], out ReadOnlySpan<byte> record);
        Invariant.Holds(found, "a record that was just written out is gone");
        return KeyValueFields.Parse(record).Key.ToArray();
    }

    public void Dispose() => _revisions.Dispose();

    internal static void WriteRecord(ReadOnlySpan<byte> record, int field, IBufferWriter<byte> output)
    {
        var writer = new WireWriter(output.GetSpan(WireWriter.BytesFieldSize(field, record.Length)));
        writer.WriteField(field, record);
        output.Advance(writer.BytesWritten);
    }

    private static void WriteWithoutValue(ReadOnlySpan<byte> record, int field, IBufferWriter<byte> output)
    {
        KeyValueFields full = KeyValueFields.Parse(record);
        var fields = new KeyValueFields
        {
            Key = full.Key,
            CreateRevision = full.CreateRevision,
            ModRevision = full.ModRevision,
            Version = full.Version,
            Lease = full.Lease,
        };
        int size = fields.EncodedSize;
        var writer = new WireWriter(output.GetSpan(WireWriter.BytesFieldSize(field, size)));
        writer.WriteLength(field, size);
        fields.WriteTo(ref writer);
        output.Advance(writer.BytesWritten);
    }

    private static bool HasFilter(in RangeRequestFields request) =>
        (request.MinModRevision | request.MaxModRevision | request.MinCreateRevision | request.MaxCreateRevision) != 0;

    private void FindOne(in ReadView view, ReadOnlySpan<byte> key, long revision, bool countOnly)
    {
        if (!view.Index.TryFind(key, out KeyEntry entry) || !view.Index.TryResolve(entry, revision, out Revision found))
            return;
        Count = 1;
        if (!countOnly)
            _revisions.Add(found);
    }

    private void FindMany(in ReadView view, in KeyRange range, long revision, long wanted, bool counts)
    {
        bool countsByVisit = counts && revision != view.CurrentRevision;
        if (counts && !countsByVisit)
        {
            Count = view.Index.CountLive(range.Key, range.End, range.HasEnd);
            if (Count == 0)
                return;
        }
        IndexCursor cursor = view.Index.Scan(range.Key, range.End, range.HasEnd);
        while ((countsByVisit || _revisions.Count < wanted) && cursor.MoveNext())
        {
            if (!view.Index.TryResolve(cursor.Entry, revision, out Revision found))
                continue;
            if (_revisions.Count < wanted)
                _revisions.Add(found);
            if (countsByVisit)
                Count++;
        }
    }

    private void Filter(in ReadView view, in RangeRequestFields request)
    {
        bool byCreate = (request.MinCreateRevision | request.MaxCreateRevision) != 0;
        Span<Revision> items = _revisions.Items;
        int kept = 0;
        foreach (Revision revision in items)
        {
            bool keep = IsInside(revision.Main, request.MinModRevision, request.MaxModRevision);
            if (keep && byCreate)
            {
                if (!view.Records.TryGetRecord(revision, out ReadOnlySpan<byte> record))
                {
                    IsRecordMissing = true;
                    break;
                }
                keep = IsInside(KeyValueFields.Parse(record).CreateRevision, request.MinCreateRevision, request.MaxCreateRevision);
            }
            if (keep)
                items[kept++] = revision;
        }
        _revisions.Truncate(kept);
    }

    private static bool IsInside(long revision, long minimum, long maximum) =>
        (maximum == 0 || revision <= maximum) && (minimum == 0 || revision >= minimum);

    private void Sort(in ReadView view, in RangeRequestFields request)
    {
        Span<Revision> items = _revisions.Items;
        switch (request.SortTarget)
        {
            case SortTarget.Key:
                items.Reverse();
                break;
            case SortTarget.Mod:
                Order(items, static (x, y) => x.Main.CompareTo(y.Main), request.SortOrder);
                break;
            default:
                SortByRecord(view, items, request.SortTarget, request.SortOrder);
                break;
        }
    }

    private void SortByRecord(in ReadView view, Span<Revision> items, SortTarget target, SortOrder order)
    {
        var keyed = new (Revision Revision, long Number, byte[]? Value, int Position)[items.Length];
        for (int i = 0; i < items.Length; i++)
        {
            if (!view.Records.TryGetRecord(items[i], out ReadOnlySpan<byte> record))
            {
                IsRecordMissing = true;
                return;
            }
            KeyValueFields fields = KeyValueFields.Parse(record);
            long number = target == SortTarget.Version ? fields.Version : fields.CreateRevision;
            keyed[i] = (items[i], number, target == SortTarget.Value ? fields.Value.ToArray() : null, i);
        }
        Order(
            keyed,
            target == SortTarget.Value
                ? static (x, y) => x.Value.AsSpan().SequenceCompareTo(y.Value)
                : static (x, y) => x.Number.CompareTo(y.Number),
            order,
            static (x, y) => x.Position.CompareTo(y.Position));
        for (int i = 0; i < items.Length; i++)
            items[i] = keyed[i].Revision;
    }

    // Ties stay in key order (etcd promises nothing); the tie breaker makes an unstable sort a stable one.
    private static void Order<T>(Span<T> items, Comparison<T> compare, SortOrder order, Comparison<T>? breakTie = null)
    {
        Comparison<T> directed = order == SortOrder.Descend ? (x, y) => compare(y, x) : compare;
        items.Sort(breakTie is null ? directed : (x, y) => directed(x, y) is var result && result != 0 ? result : breakTie(x, y));
    }
}
