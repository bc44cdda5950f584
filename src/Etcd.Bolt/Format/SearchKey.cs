using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Etcd.Bolt.Format;

/// <summary>A key on its way down a tree.</summary>
/// <remarks>Revision keys differ within their first eight bytes nearly always, so those are kept as one big-endian number.</remarks>
internal readonly unsafe ref struct SearchKey
{
    private const int PrefixBytes = sizeof(ulong);
    private readonly ulong _prefix;

    public SearchKey(ReadOnlySpan<byte> bytes)
    {
        Bytes = bytes;
        _prefix = bytes.Length >= PrefixBytes ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : 0;
    }

    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>The first eight bytes as a big-endian number; 0 if the key is shorter.</summary>
    public ulong Prefix => _prefix;

    /// <summary>Byte-wise order; negative if this key comes before the other one.</summary>
    /// <param name="other">Points to <paramref name="otherBytes"/> readable bytes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int CompareTo(byte* other, int otherBytes)
    {
        if (Bytes.Length < PrefixBytes || otherBytes < PrefixBytes)
            return Bytes.SequenceCompareTo(new ReadOnlySpan<byte>(other, otherBytes));
        ulong otherPrefix = BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<ulong>(other));
        if (_prefix != otherPrefix)
            return _prefix < otherPrefix ? -1 : 1;
        return Bytes[PrefixBytes..].SequenceCompareTo(new ReadOnlySpan<byte>(other + PrefixBytes, otherBytes - PrefixBytes));
    }
}
