namespace Etcd.Foundation;

/// <summary>Orders strings as Go and etcd's database do: by their UTF-8 bytes.</summary>
/// <remarks>Ordinal order of .NET compares UTF-16 units, which puts U+E000..U+FFFF behind the characters above U+FFFF.</remarks>
public sealed class GoStringComparer : IComparer<string>
{
    public static readonly GoStringComparer Instance = new();

    private GoStringComparer()
    {
    }

    public int Compare(string? x, string? y) => Compare(x.AsSpan(), y.AsSpan());

    public static int Compare(ReadOnlySpan<char> x, ReadOnlySpan<char> y)
    {
        int same = x.CommonPrefixLength(y);
        if (same == x.Length || same == y.Length)
            return x.Length.CompareTo(y.Length);
        return Rank(x[same]).CompareTo(Rank(y[same]));
    }

    // Lifts the surrogates, which stand for U+10000 and above, over the rest of the 16-bit range.
    private static int Rank(char unit) => char.IsSurrogate(unit) ? unit + 0x10000 : unit;
}
