using System.Numerics;
using Etcd.Pki.Requests;

namespace Etcd.Pki.Signing;

/// <summary>What a signer is asked for.</summary>
/// <param name="CsrPem">The request.</param>
public sealed record SignRequest(string CsrPem)
{
    /// <summary>Replaces the alternative names of the CSR; null to keep them, empty for none.</summary>
    public IReadOnlyList<string>? Hosts { get; init; }

    public SubjectOverride? Subject { get; init; }

    public string Profile { get; init; } = "";

    /// <summary>Names the CA at a server that has several.</summary>
    public string Label { get; init; } = "";

    /// <summary>Replaces the CRL distribution point of the profile; empty to keep it.</summary>
    public string CrlUrl { get; init; } = "";

    /// <summary>Used only by profiles that let the client choose.</summary>
    public BigInteger? Serial { get; init; }

    /// <summary>Added if the profile allows their OIDs.</summary>
    public IReadOnlyList<RequestExtension> Extensions { get; init; } = [];

    /// <summary>Replaces the profile's, without backdating.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    public DateTimeOffset? NotAfter { get; init; }

    /// <summary>Splits a comma-separated host list; an empty text is no list.</summary>
    public static IReadOnlyList<string>? SplitHosts(string hosts) => hosts.Length == 0 ? null : hosts.Split(',');
}
