using System.Security.Cryptography.X509Certificates;

namespace Etcd.Pki.Profiles;

/// <summary>The words of a profile's <c>usages</c> and what they put into a certificate.</summary>
public static class UsageNames
{
    public const string ServerAuthOid = "1.3.6.1.5.5.7.3.1";
    public const string ClientAuthOid = "1.3.6.1.5.5.7.3.2";
    public const string OcspSigningOid = "1.3.6.1.5.5.7.3.9";
    public const string AnyOid = "2.5.29.37.0";

    private static readonly Dictionary<string, X509KeyUsageFlags> s_keyUsages = new(StringComparer.Ordinal)
    {
        ["signing"] = X509KeyUsageFlags.DigitalSignature,
        ["digital signature"] = X509KeyUsageFlags.DigitalSignature,
        ["content commitment"] = X509KeyUsageFlags.NonRepudiation,
        ["content committment"] = X509KeyUsageFlags.NonRepudiation, // Compat: the only spelling that old builds know.
        ["key encipherment"] = X509KeyUsageFlags.KeyEncipherment,
        ["key agreement"] = X509KeyUsageFlags.KeyAgreement,
        ["data encipherment"] = X509KeyUsageFlags.DataEncipherment,
        ["cert sign"] = X509KeyUsageFlags.KeyCertSign,
        ["crl sign"] = X509KeyUsageFlags.CrlSign,
        ["encipher only"] = X509KeyUsageFlags.EncipherOnly,
        ["decipher only"] = X509KeyUsageFlags.DecipherOnly,
    };

    private static readonly Dictionary<string, string> s_extendedUsages = new(StringComparer.Ordinal)
    {
        ["any"] = AnyOid,
        ["server auth"] = ServerAuthOid,
        ["client auth"] = ClientAuthOid,
        ["code signing"] = "1.3.6.1.5.5.7.3.3",
        ["email protection"] = "1.3.6.1.5.5.7.3.4",
        ["s/mime"] = "1.3.6.1.5.5.7.3.4",
        ["ipsec end system"] = "1.3.6.1.5.5.7.3.5",
        ["ipsec tunnel"] = "1.3.6.1.5.5.7.3.6",
        ["ipsec user"] = "1.3.6.1.5.5.7.3.7",
        ["timestamping"] = "1.3.6.1.5.5.7.3.8",
        ["ocsp signing"] = OcspSigningOid,
        ["microsoft sgc"] = "1.3.6.1.4.1.311.10.3.3",
        ["netscape sgc"] = "2.16.840.1.113730.4.1",
    };

    /// <summary>Every word that is known, for messages.</summary>
    public static IEnumerable<string> All => s_keyUsages.Keys.Where(static name => name != "content committment").Concat(s_extendedUsages.Keys);

    /// <summary>Translates the words. Extended usages keep their order and their doubles.</summary>
    /// <param name="usages">Exact spelling; unknown words go to <c>Unknown</c>.</param>
    public static (X509KeyUsageFlags KeyUsage, IReadOnlyList<string> ExtendedOids, IReadOnlyList<string> Unknown) Translate(IEnumerable<string> usages)
    {
        X509KeyUsageFlags keyUsage = X509KeyUsageFlags.None;
        var extended = new List<string>();
        var unknown = new List<string>();
        foreach (string usage in usages)
        {
            if (s_keyUsages.TryGetValue(usage, out X509KeyUsageFlags flag))
                keyUsage |= flag;
            else if (s_extendedUsages.TryGetValue(usage, out string? oid))
                extended.Add(oid);
            else
                unknown.Add(usage);
        }
        return (keyUsage, extended, unknown);
    }
}
