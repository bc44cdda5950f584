using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Etcd.Pki.Errors;
using Etcd.Pki.Names;
using Etcd.Pki.Pem;

namespace Etcd.Pki.Inspection;

/// <summary>Reads certificates from PEM text or DER bytes.</summary>
public static class CertificateReader
{
    /// <summary>Reads a text that holds exactly one PEM object, a certificate.</summary>
    /// <exception cref="PkiException">1002 no PEM, 1003 no certificate in it or more than one object.</exception>
    public static X509Certificate2 ReadOne(ReadOnlySpan<char> pem)
    {
        if (!PemBlock.TryRead(pem, out PemBlock? block, out ReadOnlySpan<char> rest))
            throw new PkiException(PkiErrorCategory.Certificate, PkiReason.DecodeFailed);
        X509Certificate2 certificate = Load(block);
        if (rest.Trim().IsEmpty)
            return certificate;
        certificate.Dispose();
        throw new PkiException(
            PkiErrorCategory.Certificate,
            PkiReason.ParseFailed,
            "the PEM file should contain only one object",
            "cut the file down to the one certificate that is meant");
    }

    /// <summary>Reads every certificate of a PEM text; text between the blocks is skipped.</summary>
    /// <exception cref="PkiException">1002 if there is none, 1003 if one is broken.</exception>
    public static IReadOnlyList<X509Certificate2> ReadAll(ReadOnlySpan<char> pem)
    {
        var certificates = new List<X509Certificate2>();
        foreach (PemBlock block in PemBlock.ReadAll(pem))
        {
            if (block.Label.EndsWith("CERTIFICATE", StringComparison.Ordinal))
                certificates.Add(Load(block));
        }
        return certificates.Count > 0 ? certificates : throw new PkiException(PkiErrorCategory.Certificate, PkiReason.DecodeFailed);
    }

    /// <summary>Reads one certificate and looks at every part of it that we use: the framework would find damage only when asked.</summary>
    /// <exception cref="PkiException">1003: the bytes are no certificate, or a part of it is broken.</exception>
    public static X509Certificate2 ReadDer(ReadOnlySpan<byte> der)
    {
        X509Certificate2? certificate = null;
        try
        {
            certificate = X509CertificateLoader.LoadCertificate(der);
            TouchEverything(certificate);
            return certificate;
        }
        catch (Exception error) when (error is CryptographicException or NotSupportedException or ArgumentException or PkiException)
        {
            certificate?.Dispose();
            throw new PkiException(PkiErrorCategory.Certificate, PkiReason.ParseFailed);
        }
    }

    /// <summary>Reads certificates in PEM or DER form, also the ones of a PKCS#7 or PKCS#12 container.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="password">Opens a PKCS#12 container.</param>
    /// <exception cref="PkiException">1002: nothing of that kind.</exception>
    public static IReadOnlyList<X509Certificate2> ReadAny(byte[] bytes, string? password)
    {
        if (bytes.AsSpan().IndexOf("-----BEGIN "u8) >= 0)
            return ReadAll(Encoding.UTF8.GetString(bytes));
        try
        {
            switch (bytes.Length == 0 ? X509ContentType.Unknown : X509Certificate2.GetCertContentType(bytes))
            {
                case X509ContentType.Cert:
                    return [ReadDer(bytes)];
                case X509ContentType.Pkcs12:
                    return [.. X509CertificateLoader.LoadPkcs12Collection(bytes, password).Select(static certificate => ReadDer(certificate.RawData))];
                case X509ContentType.Pkcs7:
                    return ReadSignedData(bytes);
            }
        }
        catch (Exception error) when (error is CryptographicException or AsnContentException or PkiException)
        {
            // Falls through to the one error that this mess has.
        }
        throw new PkiException(PkiErrorCategory.Certificate, PkiReason.DecodeFailed);
    }

    // RFC 2315 §9.1: only the certificates of the container are wanted.
    private static List<X509Certificate2> ReadSignedData(byte[] der)
    {
        var certificates = new List<X509Certificate2>();
        AsnReader container = new AsnReader(der, AsnEncodingRules.BER).ReadSequence();
        container.ReadObjectIdentifier();
        AsnReader signedData = container.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0)).ReadSequence();
        signedData.ReadInteger();
        signedData.ReadSetOf(skipSortOrderValidation: true);
        signedData.ReadSequence();
        AsnReader set = signedData.ReadSetOf(skipSortOrderValidation: true, new Asn1Tag(TagClass.ContextSpecific, 0));
        while (set.HasData)
            certificates.Add(ReadDer(set.ReadEncodedValue().Span));
        return certificates;
    }

    private static X509Certificate2 Load(PemBlock block)
    {
        try
        {
            return ReadDer(block.Bytes);
        }
        catch (PkiException error)
        {
            throw error.WithCure($"the PEM block {block.Label} does not hold a certificate");
        }
    }

    private static void TouchEverything(X509Certificate2 certificate)
    {
        _ = certificate.NotBefore;
        _ = certificate.NotAfter;
        _ = certificate.SerialNumberBytes;
        _ = certificate.SignatureAlgorithm;
        SubjectName.FromDer(certificate.SubjectName);
        SubjectName.FromDer(certificate.IssuerName);
        AlternativeNames.Of(certificate);
        foreach (X509Extension extension in certificate.Extensions)
        {
            _ = extension switch
            {
                X509BasicConstraintsExtension constraints => (object)constraints.CertificateAuthority,
                X509KeyUsageExtension usage => usage.KeyUsages,
                X509EnhancedKeyUsageExtension usages => usages.EnhancedKeyUsages,
                X509SubjectKeyIdentifierExtension identifier => identifier.SubjectKeyIdentifierBytes,
                X509AuthorityKeyIdentifierExtension identifier => identifier.KeyIdentifier,
                X509AuthorityInformationAccessExtension access => (access.EnumerateOcspUris().Count(), access.EnumerateCAIssuersUris().Count()),
                _ => null,
            };
        }
        using RSA? rsa = certificate.GetRSAPublicKey();
        using ECDsa? ecdsa = certificate.GetECDsaPublicKey();
    }
}
