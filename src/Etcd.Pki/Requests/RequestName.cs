namespace Etcd.Pki.Requests;

/// <summary>One entry of <c>names</c> in a request: parts of the subject.</summary>
public sealed record RequestName
{
    public string Country { get; init; } = "";

    public string Province { get; init; } = "";

    public string Locality { get; init; } = "";

    public string Organization { get; init; } = "";

    public string OrganizationalUnit { get; init; } = "";

    public string Email { get; init; } = "";

    /// <summary>Further attributes: dotted OID and text.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Oids { get; init; } = [];

    /// <summary>True if no identifying part is there; e-mail and OIDs do not count.</summary>
    public bool IsEmpty =>
        string.IsNullOrWhiteSpace(Country) && string.IsNullOrWhiteSpace(Province) && string.IsNullOrWhiteSpace(Locality)
        && string.IsNullOrWhiteSpace(Organization) && string.IsNullOrWhiteSpace(OrganizationalUnit);
}
