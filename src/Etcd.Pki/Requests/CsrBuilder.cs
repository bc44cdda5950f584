using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Etcd.Pki.Errors;
using Etcd.Pki.Keys;
using Etcd.Pki.Names;
using Etcd.Pki.Pem;
using Etcd.Pki.Text;

namespace Etcd.Pki.Requests;

/// <summary>Makes keys and CSRs from requests.</summary>
public static class CsrBuilder
{
    // id-ce delegated credential usage, RFC 9345 §4.2: an empty marker.
    private const string DelegationUsageOid = "1.3.6.1.4.1.44363.44";

    /// <summary>A new key and the CSR that it signs, with cfssl's log lines.</summary>
    /// <exception cref="PkiException">2400 for a key we do not make, 9300 for names that cannot be encoded.</exception>
    public static (PrivateKey Key, string CsrPem) Generate(RequestSpec request, PkiLog log)
    {
        log.Info("received CSR");
        log.Info($"generating key: {request.Key.Algorithm}-{request.Key.Bits}");
        PrivateKey key;
        using (log.ShowBusy($"generating key: {request.Key.Algorithm}-{request.Key.Bits}"))
            key = PrivateKey.Generate(request.Key);
        try
        {
            return (key, Create(request, key, log));
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>The CSR for a key that is there already; the request's <c>key</c> section is ignored.</summary>
    /// <returns>PEM with a final newline.</returns>
    /// <exception cref="PkiException">9300: a name cannot be encoded.</exception>
    public static string Create(RequestSpec request, PrivateKey key, PkiLog log)
    {
        try
        {
            byte[] csr = CreateDer(request, key);
            log.Info("encoded CSR");
            return PemBlock.Write("CERTIFICATE REQUEST", csr);
        }
        catch (PkiException error)
        {
            log.Error($"failed to generate a CSR: {error.Line}");
            throw;
        }
    }

    private static byte[] CreateDer(RequestSpec request, PrivateKey key)
    {
        var csr = new CertificateRequest(
            request.ToSubject().ToX500(),
            PublicKey.CreateFromSubjectPublicKeyInfo(key.ExportPublicKey(), out _),
            key.SignatureHash);
        AlternativeNames names = AlternativeNames.FromHosts(request.Hosts ?? []);
        if (!names.IsEmpty)
            csr.CertificateExtensions.Add(names.ToExtension(isCritical: false));
        if (request.Ca is { } ca)
            csr.CertificateExtensions.Add(CaConstraint(ca));
        if (request.IsDelegationEnabled)
            csr.CertificateExtensions.Add(new X509Extension(DelegationUsageOid, [0x05, 0x00], critical: false));
        foreach (RequestExtension extension in request.Extensions)
            csr.CertificateExtensions.Add(extension.ToX509());
        try
        {
            return csr.CreateSigningRequest(key.CreateSignatureGenerator());
        }
        catch (Exception error) when (error is CryptographicException or InvalidOperationException or ArgumentException)
        {
            throw new PkiException(PkiErrorCategory.Csr, PkiReason.BadRequest, error.Message);
        }
    }

    // Compat: a length of zero without pathlenzero means "no limit" and is left out.
    private static X509Extension CaConstraint(CaOptions ca)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteBoolean(true);
            if (ca.PathLength > 0 || (ca.PathLength == 0 && ca.IsPathLengthZero))
                writer.WriteInteger(ca.PathLength);
        }
        return new X509Extension("2.5.29.19", writer.Encode(), critical: true);
    }
}
