namespace Etcd.Pki.Errors;

/// <summary>The last three digits of a toolkit error code. The same number means different things in different categories,
/// which is why these are constants and not one enum.</summary>
public static class PkiReason
{
    // Certificate, PrivateKey, Intermediates, Root, Csr
    public const int Unknown = 0;
    public const int ReadFailed = 1;
    public const int DecodeFailed = 2;
    public const int ParseFailed = 3;

    // Certificate
    public const int SelfSigned = 100;
    public const int VerifyFailed = 200;
    public const int NotAuthorizedToSign = 210;
    public const int Expired = 211;
    public const int CaConstraintViolated = 213;
    public const int IncompatibleUsage = 214;
    public const int UnknownAuthority = 220;
    public const int BadRequest = 300;
    public const int MissingSerial = 400;

    // PrivateKey
    public const int Encrypted = 100;
    public const int NotRsaOrEcc = 200;
    public const int KeyMismatch = 300;
    public const int GenerationFailed = 400;
    public const int Unavailable = 500;

    // Policy
    public const int NoKeyUsages = 100;
    public const int InvalidPolicy = 200;
    public const int InvalidRequest = 300;
    public const int UnknownProfile = 400;
    public const int UnmatchedWhitelist = 500;

    // ApiClient
    public const int AuthenticationFailure = 100;
    public const int JsonError = 200;
    public const int IoError = 300;
    public const int ClientHttpError = 400;
    public const int ServerRequestFailed = 500;

    // Ocsp
    public const int IssuerMismatch = 100;
    public const int InvalidStatus = 200;

    // CertificateTransparency
    public const int PrecertificateSubmissionFailed = 100;

    // CertificateStore
    public const int InsertionFailed = 100;
    public const int RecordNotFound = 200;
}
