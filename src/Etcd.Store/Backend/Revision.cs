using System.Buffers.Binary;
using Etcd.Foundation;

namespace Etcd.Store.Backend;

/// <summary>Names one change of the store.</summary>
/// <param name="Main">The write request: the store's revision after it, from 2.</param>
/// <param name="Sub">The change inside that request, from 0.</param>
internal readonly record struct Revision(long Main, int Sub) : IComparable<Revision>
{
    public int CompareTo(Revision other)
    {
        int byMain = Main.CompareTo(other.Main);
        return byMain != 0 ? byMain : Sub.CompareTo(other.Sub);
    }

    public override string ToString() => $"{Main}.{Sub}";
}

/// <summary>A <see cref="Revision"/> as the key of a record in bucket <c>key</c>.</summary>
/// <remarks><code>
/// 0        8   9        17  18
/// | main BE | _ | sub BE | t |      the last byte only if the record is a deletion
/// </code>
/// Format owner: etcd, server/storage/mvcc/revision.go.</remarks>
internal static class RevisionKey
{
    /// <summary>Length of the key of a put.</summary>
    public const int Bytes = 17;

    /// <summary>Length of the key of a deletion.</summary>
    public const int TombstoneBytes = 18;

    private const byte Separator = (byte)'_';
    private const byte Tombstone = (byte)'t';
    private const int SubOffset = 9;

    /// <summary>Encodes into <paramref name="target"/>.</summary>
    /// <returns>The part that was written: 17 or 18 bytes.</returns>
    public static ReadOnlySpan<byte> Write(Span<byte> target, Revision revision, bool tombstone = false)
    {
        BinaryPrimitives.WriteInt64BigEndian(target, revision.Main);
        target[SubOffset - 1] = Separator;
        BinaryPrimitives.WriteInt64BigEndian(target[SubOffset..], revision.Sub);
        if (!tombstone)
            return target[..Bytes];
        target[Bytes] = Tombstone;
        return target[..TombstoneBytes];
    }

    /// <exception cref="CorruptException">It is not a revision.</exception>
    public static Revision Parse(ReadOnlySpan<byte> key, out bool tombstone)
    {
        tombstone = key.Length == TombstoneBytes && key[Bytes] == Tombstone;
        if ((key.Length != Bytes && !tombstone) || key[SubOffset - 1] != Separator)
            throw NotARevision(key);
        long main = BinaryPrimitives.ReadInt64BigEndian(key);
        long sub = BinaryPrimitives.ReadInt64BigEndian(key[SubOffset..]);
        // More than 2^31 changes in one request do not fit into any database that etcd can write.
        if (main < 0 || sub is < 0 or > int.MaxValue)
            throw NotARevision(key);
        return new Revision(main, (int)sub);
    }

    private static CorruptException NotARevision(ReadOnlySpan<byte> key) =>
        new("db", -1, $"bucket \"key\" holds {Convert.ToHexString(key)}, which is not a revision");
}
