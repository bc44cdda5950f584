namespace Etcd.Pki.Inspection;

/// <summary>Names and numbers that cfssl prints for signature algorithms.</summary>
internal static class SignatureAlgorithms
{
    // OID, name, number in Go's x509 package.
    private static readonly (string Oid, string Name, int Number)[] s_known =
    [
        ("1.2.840.113549.1.1.2", "MD2WithRSA", 1),
        ("1.2.840.113549.1.1.4", "MD5WithRSA", 2),
        ("1.2.840.113549.1.1.5", "SHA1WithRSA", 3),
        ("1.2.840.113549.1.1.11", "SHA256WithRSA", 4),
        ("1.2.840.113549.1.1.12", "SHA384WithRSA", 5),
        ("1.2.840.113549.1.1.13", "SHA512WithRSA", 6),
        ("1.2.840.10040.4.3", "DSAWithSHA1", 7),
        ("2.16.840.1.101.3.4.3.2", "DSAWithSHA256", 8),
        ("1.2.840.10045.4.1", "ECDSAWithSHA1", 9),
        ("1.2.840.10045.4.3.2", "ECDSAWithSHA256", 10),
        ("1.2.840.10045.4.3.3", "ECDSAWithSHA384", 11),
        ("1.2.840.10045.4.3.4", "ECDSAWithSHA512", 12),
        ("1.3.101.112", "Ed25519", 16),
    ];

    public static string NameOf(string? oid) => s_known.FirstOrDefault(entry => entry.Oid == oid).Name ?? "Unknown Signature";

    public static int NumberOf(string? oid) => s_known.FirstOrDefault(entry => entry.Oid == oid).Number;
}
