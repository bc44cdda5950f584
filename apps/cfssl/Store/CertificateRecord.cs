using Etcd.Pki.Revocation;

namespace Cfssl.Store;

/// <summary>One issued certificate in the database.</summary>
/// <param name="Serial">Decimal.</param>
/// <param name="AuthorityKeyId">Lower-case hex digits; empty if the certificate names no authority key.</param>
/// <param name="Label">Which CA signed, for servers with several.</param>
/// <param name="Status"><c>good</c> or <c>revoked</c>.</param>
/// <param name="Reason">RFC 5280 §5.3.1.</param>
/// <param name="Expiry">Not-after.</param>
/// <param name="RevokedAt">The year 1 if it was not revoked.</param>
/// <param name="Pem">The certificate.</param>
internal sealed record CertificateRecord(
    string Serial,
    string AuthorityKeyId,
    string Label,
    string Status,
    int Reason,
    DateTimeOffset Expiry,
    DateTimeOffset RevokedAt,
    string Pem)
{
    public const string Good = "good";
    public const string Revoked = "revoked";

    public OcspStatement ToStatement() => new(OcspWords.ParseStatus(Status), Reason, RevokedAt);
}

/// <summary>One signed OCSP response in the database.</summary>
/// <param name="Expiry">When it must be renewed.</param>
internal sealed record OcspRecord(string Serial, string AuthorityKeyId, byte[] Body, DateTimeOffset Expiry);
