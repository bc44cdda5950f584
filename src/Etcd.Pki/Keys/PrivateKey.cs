using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Etcd.Pki.Pem;
using Etcd.Pki.Errors;

namespace Etcd.Pki.Keys;

/// <summary>A private key that can sign: RSA or ECDSA, in memory or in a token behind the same framework types.</summary>
/// <remarks>Owns the key it was given. Not thread-safe: a server guards it or gives each request its own.</remarks>
public sealed class PrivateKey : IDisposable
{
    private readonly RSA? _rsa;
    private readonly ECDsa? _ecdsa;

    public PrivateKey(RSA rsa) => _rsa = rsa;

    public PrivateKey(ECDsa ecdsa) => _ecdsa = ecdsa;

    /// <summary><c>rsa</c> or <c>ecdsa</c>.</summary>
    public string Algorithm => _rsa is null ? "ecdsa" : "rsa";

    public int Bits => _rsa?.KeySize ?? _ecdsa!.KeySize;

    public AsymmetricAlgorithm Key => (AsymmetricAlgorithm?)_rsa ?? _ecdsa!;

    /// <summary>The hash that cfssl signs with for a key of this kind and size.</summary>
    public HashAlgorithmName SignatureHash => (Algorithm, Bits) switch
    {
        ("rsa", >= 4096) => HashAlgorithmName.SHA512,
        ("rsa", >= 3072) => HashAlgorithmName.SHA384,
        ("rsa", >= 2048) => HashAlgorithmName.SHA256,
        ("ecdsa", 521) => HashAlgorithmName.SHA512,
        ("ecdsa", 384) => HashAlgorithmName.SHA384,
        ("ecdsa", 256) => HashAlgorithmName.SHA256,
        _ => HashAlgorithmName.SHA1,
    };

    /// <summary>Makes a new key.</summary>
    /// <param name="spec">Checked first.</param>
    /// <exception cref="PkiException">2400: the wish is not one we grant.</exception>
    public static PrivateKey Generate(KeySpec spec)
    {
        spec.Check();
        if (spec.Algorithm == "rsa")
        {
            if (spec.Bits % 8 != 0)
                throw new PkiException(
                    PkiErrorCategory.PrivateKey, PkiReason.GenerationFailed, "RSA key size is odd", $"key.size {spec.Bits}: write a multiple of 8");
            var rsa = RSA.Create(spec.Bits);
            rsa.ExportParameters(includePrivateParameters: false); // The key is made here and not on first use.
            return new PrivateKey(rsa);
        }
        return new PrivateKey(ECDsa.Create(spec.Bits switch
        {
            256 => ECCurve.NamedCurves.nistP256,
            384 => ECCurve.NamedCurves.nistP384,
            _ => ECCurve.NamedCurves.nistP521,
        }));
    }

    public X509SignatureGenerator CreateSignatureGenerator() =>
        _rsa is null ? X509SignatureGenerator.CreateForECDsa(_ecdsa!) : X509SignatureGenerator.CreateForRSA(_rsa, RSASignaturePadding.Pkcs1);

    /// <summary>The SubjectPublicKeyInfo, DER.</summary>
    public byte[] ExportPublicKey() => _rsa?.ExportSubjectPublicKeyInfo() ?? _ecdsa!.ExportSubjectPublicKeyInfo();

    public bool Matches(PublicKey publicKey) => ExportPublicKey().AsSpan().SequenceEqual(publicKey.ExportSubjectPublicKeyInfo());

    /// <summary>PEM with a final newline: PKCS#1 for RSA, SEC 1 for EC.</summary>
    /// <exception cref="PkiException">2500: the key is in a token that does not give it away.</exception>
    public string ToPem()
    {
        try
        {
            return _rsa is null
                ? PemBlock.Write("EC PRIVATE KEY", _ecdsa!.ExportECPrivateKey())
                : PemBlock.Write("RSA PRIVATE KEY", _rsa.ExportRSAPrivateKey());
        }
        catch (CryptographicException)
        {
            throw new PkiException(PkiErrorCategory.PrivateKey, PkiReason.Unavailable);
        }
    }

    /// <summary>The certificate together with this key, usable for TLS.</summary>
    public X509Certificate2 Attach(X509Certificate2 certificate) =>
        _rsa is null ? certificate.CopyWithPrivateKey(_ecdsa!) : certificate.CopyWithPrivateKey(_rsa);

    /// <summary>Signs with <see cref="SignatureHash"/>: PKCS#1 v1.5 for RSA, a DER sequence for ECDSA.</summary>
    public byte[] Sign(ReadOnlySpan<byte> data) =>
        _rsa is null
            ? _ecdsa!.SignData(data, SignatureHash, DSASignatureFormat.Rfc3279DerSequence)
            : _rsa.SignData(data, SignatureHash, RSASignaturePadding.Pkcs1);

    public void Dispose() => Key.Dispose();
}
