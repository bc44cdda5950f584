using Etcd.Protocol.Errors;
using Etcd.Protocol.Wire;

namespace Etcd.Store.Mvcc;

/// <summary>Answers one RangeRequest in chunks, all at one revision (spec api §3.8). Single-threaded.</summary>
/// <remarks>Between chunks it holds nothing, so a compaction that overtakes it ends it with "compacted".</remarks>
public sealed class RangeStream
{
    private const int FirstChunkPairs = 10;
    private readonly MvccStore _store;
    private readonly ReadOnlyMemory<byte> _request;
    private readonly int _targetBytes;
    private byte[]? _from;
    private long _pairs = FirstChunkPairs;
    private long _left;
    private long _current;
    private long _revision;
    private long _count;

    internal RangeStream(MvccStore store, ReadOnlyMemory<byte> request, int maxRequestBytes)
    {
        _store = store;
        _request = request;
        _targetBytes = maxRequestBytes;
    }

    /// <summary>The last chunk was returned; only it has header, <c>more</c> and <c>count</c>.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>The next chunk.</summary>
    /// <param name="chunk">RangeResponse fields behind the header, to be written out and disposed; null if refused.</param>
    public EtcdError? Next(out RangeReply? chunk)
    {
        chunk = null;
        RangeRequestFields request = RangeRequestFields.Parse(_request.Span);
        bool first = _from is null;
        var part = new RangeRequestFields
        {
            Key = first ? request.Key : _from,
            RangeEnd = request.RangeEnd,
            Limit = first ? Math.Min(_pairs, request.Limit > 0 ? request.Limit : long.MaxValue) : Math.Min(_pairs, _left),
            Revision = first ? request.Revision : _revision,
            KeysOnly = request.KeysOnly,
            CountOnly = request.CountOnly,
        };
        EtcdError? refusal = new StoreReader(_store).RangeChunk(
            part, counts: first, out ChunkedBuffer body, out int pairs, out long count, out long current, out byte[] lastKey);
        if (refusal is not null)
            return refusal;
        if (first)
        {
            _count = count;
            _current = current;
            _revision = request.Revision > 0 ? request.Revision : current;
            _left = request.CountOnly ? 0 : request.Limit > 0 ? Math.Min(request.Limit, count) : count;
        }
        _left -= pairs;
        _from = [.. lastKey, 0]; // The smallest key behind it.
        IsFinished = _left <= 0 || pairs == 0;
        AdaptTo(body.Length);
        bool more = IsFinished && !request.CountOnly && request.Limit > 0 && _count > request.Limit;
        if (IsFinished)
            RangeQuery.WriteTotals(more, _count, body);
        chunk = new RangeReply(body, _current, _count, more);
        return null;
    }

    private void AdaptTo(long bytes)
    {
        if (bytes < _targetBytes / 2)
            _pairs *= 2;
        else if (bytes > _targetBytes * 2L)
            _pairs = Math.Max(1, _pairs / 2);
    }
}
