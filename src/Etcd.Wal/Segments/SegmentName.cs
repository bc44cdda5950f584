using System.Globalization;

namespace Etcd.Wal.Segments;

/// <summary>The name of a segment file: <c>%016x-%016x.wal</c>.</summary>
/// <param name="Sequence">Position in the log, from 0.</param>
/// <param name="FirstIndex">Raft index of the next entry when the segment was begun, which a rewrite may undercut; 0 in the first.</param>
internal readonly record struct SegmentName(ulong Sequence, ulong FirstIndex)
{
    public const string Suffix = ".wal";
    private const int Digits = 16;

    public override string ToString() => $"{Sequence:x16}-{FirstIndex:x16}{Suffix}";

    public static bool TryParse(string text, out SegmentName name)
    {
        name = default;
        if (text.Length != 2 * Digits + 1 + Suffix.Length || text[Digits] != '-' || !text.EndsWith(Suffix, StringComparison.Ordinal))
            return false;
        if (!TryHex(text.AsSpan(0, Digits), out ulong sequence) || !TryHex(text.AsSpan(Digits + 1, Digits), out ulong firstIndex))
            return false;
        name = new SegmentName(sequence, firstIndex);
        return true;
    }

    private static bool TryHex(ReadOnlySpan<char> digits, out ulong value) =>
        ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
}
