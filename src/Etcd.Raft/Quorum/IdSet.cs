using System.Globalization;

namespace Etcd.Raft;

/// <summary>An immutable, ascending set of member ids, so that walking it is the same everywhere and every time.</summary>
internal readonly struct IdSet
{
    private readonly ulong[]? _ids;

    public IdSet(IEnumerable<ulong> ids) => _ids = [.. ids.Distinct().Order()];

    private IdSet(ulong[] ids) => _ids = ids;

    public int Count => Span.Length;

    public bool IsEmpty => Span.IsEmpty;

    public ReadOnlySpan<ulong> Span => _ids;

    public bool Contains(ulong id) => Span.BinarySearch(id) >= 0;

    public IdSet With(ulong id)
    {
        int at = Span.BinarySearch(id);
        return at >= 0 ? this : new IdSet((ulong[])[.. Span[..~at], id, .. Span[~at..]]);
    }

    public IdSet Without(ulong id)
    {
        int at = Span.BinarySearch(id);
        return at < 0 ? this : new IdSet((ulong[])[.. Span[..at], .. Span[(at + 1)..]]);
    }

    public IdSet Union(IdSet other) => other.IsEmpty ? this : new IdSet(ToArray().Concat(other.ToArray()));

    public ulong[] ToArray() => Span.ToArray();

    /// <summary>As etcd prints a configuration: <c>(1 2 3)</c>, ids in hex.</summary>
    public override string ToString() => $"({string.Join(' ', ToArray().Select(id => id.ToString("x", CultureInfo.InvariantCulture)))})";
}
