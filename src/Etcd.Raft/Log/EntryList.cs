using System.Runtime.InteropServices;
using Etcd.Protocol.Raft;

namespace Etcd.Raft;

/// <summary>The two faces of a run of entries: the list inside a message and the span that the log works on.</summary>
internal static class EntryList
{
    /// <summary>Views a message's entries without copying when they lie in one array, which all our own messages' do.</summary>
    public static ReadOnlySpan<Entry> Span(IReadOnlyList<Entry> entries) => entries switch
    {
        Entry[] array => array,
        ArraySegment<Entry> segment => segment,
        List<Entry> list => CollectionsMarshal.AsSpan(list),
        _ => entries.ToArray(),
    };

    /// <summary>Wraps log memory for a message.</summary>
    public static IReadOnlyList<Entry> Of(ReadOnlyMemory<Entry> entries)
    {
        if (entries.IsEmpty)
            return [];
        return MemoryMarshal.TryGetArray(entries, out ArraySegment<Entry> segment) ? segment : entries.ToArray();
    }
}
