namespace Etcd.Store.Membership;

/// <summary>A version number as clusters agree on: X.Y.Z.</summary>
public readonly record struct ClusterVersion(int Major, int Minor, int Patch) : IComparable<ClusterVersion>
{
    public int CompareTo(ClusterVersion other) => (Major, Minor, Patch).CompareTo((other.Major, other.Minor, other.Patch));

    public override string ToString() => $"{Major}.{Minor}.{Patch}";
}
