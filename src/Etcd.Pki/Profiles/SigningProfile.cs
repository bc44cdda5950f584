using System.Text.RegularExpressions;
using Etcd.Pki.Remote;
using Etcd.Pki.Text;

namespace Etcd.Pki.Profiles;

/// <summary>What certificates of one kind contain, and who may ask for them.</summary>
public sealed record SigningProfile
{
    /// <summary>The words of <see cref="UsageNames"/>; null if the profile names none.</summary>
    public IReadOnlyList<string>? Usages { get; init; }

    /// <summary>Where the issuer's certificate can be fetched (AIA caIssuers); null to inherit the default profile's.</summary>
    public IReadOnlyList<string>? IssuerUrls { get; init; }

    public string OcspUrl { get; init; } = "";

    public string CrlUrl { get; init; } = "";

    public CaConstraint CaConstraint { get; init; } = new(false, 0, false);

    /// <summary>Marks an OCSP responder whose own status need not be checked.</summary>
    public bool IsOcspNoCheck { get; init; }

    /// <summary>Life of a certificate; zero to inherit the default profile's.</summary>
    public GoDuration Expiry { get; init; }

    /// <summary>As it was written, for <c>info</c>.</summary>
    public string ExpiryText { get; init; } = "";

    /// <summary>How far not-before lies in the past; zero for five minutes.</summary>
    public GoDuration Backdate { get; init; }

    public DateTimeOffset? NotBefore { get; init; }

    public DateTimeOffset? NotAfter { get; init; }

    /// <summary>The common name and every DNS, e-mail and URI name must contain a match; IPs need not.</summary>
    public Regex? NameWhitelist { get; init; }

    /// <summary>If present, only the marked parts of a CSR are copied.</summary>
    public CsrWhitelist? CsrWhitelist { get; init; }

    public IReadOnlyList<CertificatePolicy> Policies { get; init; } = [];

    /// <summary>OIDs of extensions that API callers may add.</summary>
    public IReadOnlySet<string> AllowedExtensions { get; init; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>Copies extensions of the CSR that are not understood.</summary>
    public bool IsCopyingExtensions { get; init; }

    public bool IsClientProvidingSerials { get; init; }

    /// <summary>Servers that must log the certificate first; not supported here, signing with such a profile is refused.</summary>
    public IReadOnlyList<string> CtLogServers { get; init; } = [];

    /// <summary>Callers of the HTTP API must prove that they know one of these keys.</summary>
    public AuthKey? AuthKey { get; init; }

    /// <summary>The key before the last rotation, still accepted.</summary>
    public AuthKey? PreviousAuthKey { get; init; }

    /// <summary>Signing happens at this server; null to sign here.</summary>
    public string? RemoteServer { get; init; }

    /// <summary>Signs the requests to <see cref="RemoteServer"/>.</summary>
    public AuthKey? RemoteAuthKey { get; init; }

    /// <summary>What applies without a configuration: a year, usable by servers and clients.</summary>
    public static SigningProfile BuiltIn { get; } = new()
    {
        Usages = ["signing", "key encipherment", "server auth", "client auth"],
        Expiry = GoDuration.FromHours(8760),
        ExpiryText = "8760h",
    };
}

/// <summary>Whether CA certificates may be issued, and how deep their trees may be.</summary>
/// <param name="IsCa">Issue CA certificates.</param>
/// <param name="MaxPathLength">0 means no limit unless <paramref name="IsMaxPathLengthZero"/>.</param>
/// <param name="IsMaxPathLengthZero">The CA may issue leaves only.</param>
public sealed record CaConstraint(bool IsCa, int MaxPathLength, bool IsMaxPathLengthZero);

/// <summary>Which parts of a CSR are copied into the certificate.</summary>
public sealed record CsrWhitelist
{
    public bool Subject { get; init; }

    public bool PublicKey { get; init; }

    public bool DnsNames { get; init; }

    public bool IpAddresses { get; init; }

    public bool EmailAddresses { get; init; }

    public bool Uris { get; init; }
}

/// <summary>One certificate policy with its qualifiers.</summary>
/// <param name="Oid">Dotted.</param>
/// <param name="Qualifiers">Type (<c>id-qt-cps</c> or <c>id-qt-unotice</c>) and text.</param>
public sealed record CertificatePolicy(string Oid, IReadOnlyList<KeyValuePair<string, string>> Qualifiers);
