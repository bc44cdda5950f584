namespace Etcd.Pki.Errors;

/// <summary>The thousands digit of a toolkit error code: what the error is about.</summary>
public enum PkiErrorCategory
{
    Certificate = 1000,
    PrivateKey = 2000,
    Intermediates = 3000,
    Root = 4000,
    Policy = 5000,
    Dial = 6000,
    ApiClient = 7000,
    Ocsp = 8000,
    Csr = 9000,
    CertificateTransparency = 10000,
    CertificateStore = 11000,
}
