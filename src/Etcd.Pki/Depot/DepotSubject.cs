namespace Etcd.Pki.Depot;

/// <summary>The parts of a name that etcd-ca asks for.</summary>
public sealed record DepotSubject(string Organization, string Country)
{
    public static DepotSubject Default { get; } = new("etcd-ca", "USA");
}
