using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Etcd.Store.Membership;

/// <summary>A version number: X.Y.Z. Clusters agree on X.Y.0, the lowest of what their members run.</summary>
public readonly record struct ClusterVersion(int Major, int Minor, int Patch) : IComparable<ClusterVersion>
{
    public static ClusterVersion V35 => new(3, 5, 0);

    public static ClusterVersion V36 => new(3, 6, 0);

    /// <summary>Reads X.Y.Z; a pre-release or build part (<c>-rc.1</c>, <c>+git</c>) is allowed and dropped.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ClusterVersion version)
    {
        version = default;
        if (text is null)
            return false;
        int end = text.AsSpan().IndexOfAny('-', '+');
        string[] parts = (end < 0 ? text : text[..end]).Split('.');
        if (parts.Length != 3 || !TryParsePart(parts[0], out int major) || !TryParsePart(parts[1], out int minor) || !TryParsePart(parts[2], out int patch))
            return false;
        version = new ClusterVersion(major, minor, patch);
        return true;
    }

    public static bool operator <(ClusterVersion left, ClusterVersion right) => left.CompareTo(right) < 0;

    public static bool operator >(ClusterVersion left, ClusterVersion right) => left.CompareTo(right) > 0;

    public static bool operator <=(ClusterVersion left, ClusterVersion right) => left.CompareTo(right) <= 0;

    public static bool operator >=(ClusterVersion left, ClusterVersion right) => left.CompareTo(right) >= 0;

    public int CompareTo(ClusterVersion other) => (Major, Minor, Patch).CompareTo((other.Major, other.Minor, other.Patch));

    public override string ToString() => $"{Major}.{Minor}.{Patch}";

    private static bool TryParsePart(string text, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
