using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Etcd.Pki.Errors;
using Etcd.Pki.Names;
using Etcd.Pki.Pem;

namespace Etcd.Pki.Requests;

/// <summary>A CSR that was read and whose signature fits its key.</summary>
/// <param name="Der">The whole request.</param>
/// <param name="SubjectDer">The subject's bytes.</param>
/// <param name="Subject">As it was read.</param>
/// <param name="PublicKey">The key to certify.</param>
/// <param name="AlternativeNames">From the extension request.</param>
/// <param name="Extensions">All requested extensions, the alternative names too.</param>
public sealed record Csr(
    byte[] Der,
    byte[] SubjectDer,
    SubjectName Subject,
    PublicKey PublicKey,
    AlternativeNames AlternativeNames,
    IReadOnlyList<X509Extension> Extensions);

/// <summary>Reads PKCS#10 requests.</summary>
public static class CsrReader
{
    /// <summary>Reads the first PEM block, which must be a CSR, and checks its signature.</summary>
    /// <exception cref="PkiException">9002 no PEM, 9300 another kind of block or a signature that does not fit, 9003 no CSR in it.</exception>
    public static Csr Read(ReadOnlySpan<char> pem)
    {
        if (!PemBlock.TryRead(pem, out PemBlock? block, out _))
            throw new PkiException(PkiErrorCategory.Csr, PkiReason.DecodeFailed)
                .WithCure("the CSR must be PEM: -----BEGIN CERTIFICATE REQUEST-----");
        if (block.Label is not ("CERTIFICATE REQUEST" or "NEW CERTIFICATE REQUEST"))
            throw new PkiException(PkiErrorCategory.Csr, PkiReason.BadRequest, "not a csr", $"the file holds a {block.Label}, not a CSR");
        return ReadDer(block.Bytes, isSignatureChecked: true);
    }

    /// <summary>Reads a CSR in PEM or DER form without looking at its signature, for printing.</summary>
    /// <exception cref="PkiException">9002 or 9003.</exception>
    public static Csr ReadForDisplay(ReadOnlySpan<char> pem)
    {
        if (!PemBlock.TryRead(pem, out PemBlock? block, out _))
            throw new PkiException(PkiErrorCategory.Csr, PkiReason.DecodeFailed);
        return ReadDer(block.Bytes, isSignatureChecked: false);
    }

    internal static Csr ReadDer(byte[] der, bool isSignatureChecked)
    {
        CertificateRequest request = Load(der, CertificateRequestLoadOptions.SkipSignatureValidation, PkiReason.ParseFailed);
        if (isSignatureChecked)
            Load(der, CertificateRequestLoadOptions.Default, PkiReason.BadRequest);
        AlternativeNames names = AlternativeNames.None;
        foreach (X509Extension extension in request.CertificateExtensions)
        {
            if (extension.Oid?.Value == AlternativeNames.Oid)
                names = AlternativeNames.FromExtension(extension.RawData);
        }
        return new Csr(
            der,
            request.SubjectName.RawData,
            SubjectName.FromDer(request.SubjectName),
            request.PublicKey,
            names,
            [.. request.CertificateExtensions]);
    }

    private static CertificateRequest Load(byte[] der, CertificateRequestLoadOptions options, int failure)
    {
        try
        {
            CertificateRequest request = CertificateRequest.LoadSigningRequest(
                der,
                HashAlgorithmName.SHA256, // Not used for reading; the constructor wants one.
                options | CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions,
                RSASignaturePadding.Pkcs1);
            // The framework reads the key only when asked; a point that is on no curve is found here.
            using RSA? rsa = request.PublicKey.GetRSAPublicKey();
            using ECDsa? ecdsa = request.PublicKey.GetECDsaPublicKey();
            return request;
        }
        catch (Exception error) when (error is CryptographicException or NotSupportedException or ArgumentException or FormatException)
        {
            throw new PkiException(
                PkiErrorCategory.Csr,
                failure,
                failure == PkiReason.ParseFailed ? "asn1: structure error: not a PKCS#10 request" : "x509: the signature of the CSR does not fit its key",
                "make the CSR again: it is damaged, or was changed after it was signed");
        }
    }
}
