using Etcd.Pki.Text;

namespace Etcd.Pki.Errors;

/// <summary>Everything this room refuses: bad input, a policy that says no, a file that cannot be read.</summary>
/// <remarks>Printed as cfssl prints it: errors with a code as one JSON line, the others as plain text.</remarks>
public sealed class PkiException : Exception
{
    /// <summary>An error with cfssl's standard message for the code.</summary>
    public PkiException(PkiErrorCategory category, int reason)
        : this(category, reason, StandardMessage(category, reason))
    {
    }

    /// <summary>An error with a code and a message of its own.</summary>
    /// <param name="category">What it is about.</param>
    /// <param name="reason">One of <see cref="PkiReason"/>.</param>
    /// <param name="message">The text cfssl prints where it has one.</param>
    /// <param name="cure">One plain sentence for a person: which field, and what to do. Not part of the printed error itself.</param>
    public PkiException(PkiErrorCategory category, int reason, string message, string? cure = null)
        : base(message)
    {
        Code = (int)category + reason;
        Cure = cure;
    }

    /// <summary>An ordinary error without a code (a missing file, malformed JSON), printed as plain text.</summary>
    public PkiException(string message, string? cure = null)
        : base(message) => Cure = cure;

    /// <summary>Category plus reason, or zero for an ordinary error.</summary>
    public int Code { get; }

    /// <summary>What the user can do about it, or null when the message says it all.</summary>
    public string? Cure { get; }

    /// <summary>The line that cfssl prints: <c>{"code":5100,"message":"…"}</c>, or just the message when there is no code.</summary>
    public string Line => Code == 0 ? Message : $"{{\"code\":{Code},\"message\":{GoJsonWriter.Quote(Message)}}}";

    /// <summary>The same error with a cure, for callers that know the field or file by name.</summary>
    public PkiException WithCure(string cure) =>
        Code == 0 ? new PkiException(Message, cure) : new PkiException((PkiErrorCategory)(Code / 1000 * 1000), Code % 1000, Message, cure);

    private static string StandardMessage(PkiErrorCategory category, int reason) => (category, reason) switch
    {
        (PkiErrorCategory.Certificate, PkiReason.Unknown) => "Unknown certificate error",
        (PkiErrorCategory.Certificate, PkiReason.ReadFailed) => "Failed to read certificate",
        (PkiErrorCategory.Certificate, PkiReason.DecodeFailed) => "Failed to decode certificate",
        (PkiErrorCategory.Certificate, PkiReason.ParseFailed) => "Failed to parse certificate",
        (PkiErrorCategory.Certificate, PkiReason.SelfSigned) => "Certificate is self signed",
        (PkiErrorCategory.Certificate, PkiReason.VerifyFailed) => "Unable to verify certificate",
        (PkiErrorCategory.Certificate, PkiReason.BadRequest) => "Invalid certificate request",
        (PkiErrorCategory.Certificate, PkiReason.MissingSerial) => "Missing serial number in request",
        (PkiErrorCategory.PrivateKey, PkiReason.Unknown) => "Unknown private key error",
        (PkiErrorCategory.PrivateKey, PkiReason.ReadFailed) => "Failed to read private key",
        (PkiErrorCategory.PrivateKey, PkiReason.DecodeFailed) => "Failed to decode private key",
        (PkiErrorCategory.PrivateKey, PkiReason.ParseFailed) => "Failed to parse private key",
        (PkiErrorCategory.PrivateKey, PkiReason.Encrypted) => "Private key is encrypted.",
        (PkiErrorCategory.PrivateKey, PkiReason.NotRsaOrEcc) => "Private key algorithm is not RSA or ECC",
        (PkiErrorCategory.PrivateKey, PkiReason.KeyMismatch) => "Private key does not match public key",
        (PkiErrorCategory.PrivateKey, PkiReason.GenerationFailed) => "Failed to new private key",
        (PkiErrorCategory.PrivateKey, PkiReason.Unavailable) => "Private key is unavailable",
        (PkiErrorCategory.Intermediates, PkiReason.ReadFailed) => "Failed to read intermediate certificate",
        (PkiErrorCategory.Intermediates, PkiReason.DecodeFailed) => "Failed to decode intermediate certificate",
        (PkiErrorCategory.Intermediates, PkiReason.ParseFailed) => "Failed to parse intermediate certificate",
        (PkiErrorCategory.Root, PkiReason.ReadFailed) => "Failed to read root certificate",
        (PkiErrorCategory.Root, PkiReason.DecodeFailed) => "Failed to decode root certificate",
        (PkiErrorCategory.Root, PkiReason.ParseFailed) => "Failed to parse root certificate",
        (PkiErrorCategory.Policy, PkiReason.Unknown) => "Unknown policy error",
        (PkiErrorCategory.Policy, PkiReason.NoKeyUsages) => "Invalid policy: no key usage available",
        (PkiErrorCategory.Policy, PkiReason.InvalidPolicy) => "Invalid or unknown policy",
        (PkiErrorCategory.Policy, PkiReason.InvalidRequest) => "Policy violation request",
        (PkiErrorCategory.Policy, PkiReason.UnknownProfile) => "Unknown policy profile",
        (PkiErrorCategory.Policy, PkiReason.UnmatchedWhitelist) => "Request does not match policy whitelist",
        (PkiErrorCategory.Dial, _) => "Failed to dial remote server",
        (PkiErrorCategory.ApiClient, PkiReason.AuthenticationFailure) => "API client authentication failure",
        (PkiErrorCategory.ApiClient, PkiReason.JsonError) => "API client JSON config error",
        (PkiErrorCategory.ApiClient, PkiReason.ClientHttpError) => "API client HTTP error",
        (PkiErrorCategory.ApiClient, PkiReason.IoError) => "API client IO error",
        (PkiErrorCategory.ApiClient, PkiReason.ServerRequestFailed) => "API client error: Server request failed",
        (PkiErrorCategory.Ocsp, PkiReason.ReadFailed) => "No certificate provided",
        (PkiErrorCategory.Ocsp, PkiReason.IssuerMismatch) => "Certificate not issued by this issuer",
        (PkiErrorCategory.Ocsp, PkiReason.InvalidStatus) => "Invalid revocation status",
        (PkiErrorCategory.Csr, PkiReason.Unknown) => "CSR parsing failed due to unknown error",
        (PkiErrorCategory.Csr, PkiReason.ReadFailed) => "CSR file read failed",
        (PkiErrorCategory.Csr, PkiReason.ParseFailed) => "CSR Parsing failed",
        (PkiErrorCategory.Csr, PkiReason.DecodeFailed) => "CSR Decode failed",
        (PkiErrorCategory.Csr, PkiReason.BadRequest) => "CSR Bad request",
        (PkiErrorCategory.CertificateStore, PkiReason.InsertionFailed) => "Certificate not inserted",
        (PkiErrorCategory.CertificateStore, PkiReason.RecordNotFound) => "Certificate not found",
        _ => $"Unsupported CFSSL error type {(int)category / 1000} reason {reason}",
    };
}
