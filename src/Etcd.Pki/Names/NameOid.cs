namespace Etcd.Pki.Names;

/// <summary>The attribute types of a distinguished name that the toolkit knows by name.</summary>
internal static class NameOid
{
    public const string CommonName = "2.5.4.3";
    public const string SerialNumber = "2.5.4.5";
    public const string Country = "2.5.4.6";
    public const string Locality = "2.5.4.7";
    public const string Province = "2.5.4.8";
    public const string StreetAddress = "2.5.4.9";
    public const string Organization = "2.5.4.10";
    public const string OrganizationalUnit = "2.5.4.11";
    public const string PostalCode = "2.5.4.17";
    public const string Email = "1.2.840.113549.1.9.1";
}
