using Etcd.Protocol.Raft;

namespace Etcd.Raft;

/// <summary>Bytes of an entry as raftpb encodes it: what raft's message and Ready limits count.</summary>
/// <remarks>Compat: type, term and index count even when zero, as etcd up to 3.6 wrote them, so that all members cut batches alike.</remarks>
public static class EntrySize
{
    /// <summary>Encoded bytes of one entry.</summary>
    public static ulong Encoded(in Entry entry) => (ulong)EntryCodec.Size(entry, WireDialect.Gogo);

    /// <summary>Encoded bytes of all entries.</summary>
    public static ulong Encoded(ReadOnlySpan<Entry> entries)
    {
        ulong bytes = 0;
        foreach (ref readonly Entry entry in entries)
            bytes += Encoded(entry);
        return bytes;
    }

    /// <summary>Bytes of the payloads only; an empty entry counts nothing.</summary>
    internal static ulong Payload(ReadOnlySpan<Entry> entries)
    {
        ulong bytes = 0;
        foreach (ref readonly Entry entry in entries)
            bytes += (ulong)entry.Data.Length;
        return bytes;
    }

    /// <summary>Length of the longest prefix within <paramref name="maxBytes"/>; at least 1 unless there are no entries.</summary>
    internal static int Limit(ReadOnlySpan<Entry> entries, ulong maxBytes)
    {
        if (maxBytes == ulong.MaxValue)
            return entries.Length;
        ulong bytes = 0;
        for (int i = 0; i < entries.Length; i++)
        {
            bytes += Encoded(entries[i]);
            if (bytes > maxBytes && i > 0)
                return i;
        }
        return entries.Length;
    }
}
