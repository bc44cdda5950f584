using System.Security.Cryptography;
using Etcd.Pki.Pem;
using Etcd.Pki.Errors;

namespace Etcd.Pki.Keys;

/// <summary>Reads private keys: PKCS#1, PKCS#8, SEC 1, encrypted PKCS#8 and the legacy encrypted PEM of OpenSSL.</summary>
public static class PrivateKeyReader
{
    /// <summary>Reads the first key of a PEM text.</summary>
    /// <param name="pem">The text; parameters and other blocks before the key are skipped.</param>
    /// <param name="password">For an encrypted key; null means that only a plain key will do.</param>
    /// <exception cref="PkiException">2002 no PEM, 2003 no key we can read, 2100 encrypted but no password.</exception>
    public static PrivateKey Read(ReadOnlySpan<char> pem, string? password = null)
    {
        IReadOnlyList<PemBlock> blocks = PemBlock.ReadAll(pem);
        // OpenSSL writes "EC PARAMETERS" in front of the key; cfssl trips over it, we look further.
        PemBlock block = blocks.FirstOrDefault(static block => block.Label.EndsWith("PRIVATE KEY", StringComparison.Ordinal))
            ?? blocks.FirstOrDefault()
            ?? throw new PkiException(PkiErrorCategory.PrivateKey, PkiReason.DecodeFailed)
                .WithCure("the key file has no PEM block; it must begin with -----BEGIN … PRIVATE KEY-----");
        if (block.Headers.TryGetValue("Proc-Type", out string? procType) && procType.Contains("ENCRYPTED", StringComparison.Ordinal))
        {
            if (password is null)
                throw NeedsPassword();
            return ReadDer(LegacyPemCipher.Decrypt(block, password));
        }
        if (block.Label == "ENCRYPTED PRIVATE KEY")
            return ReadEncryptedPkcs8(block.Bytes, password);
        return ReadDer(block.Bytes);
    }

    /// <summary>Reads a key whose container is not named: PKCS#8, then PKCS#1, then SEC 1.</summary>
    /// <exception cref="PkiException">2003.</exception>
    public static PrivateKey ReadDer(ReadOnlySpan<byte> der)
    {
        return TryImportRsa(der, static (RSA rsa, ReadOnlySpan<byte> bytes) => { rsa.ImportPkcs8PrivateKey(bytes, out _); })
            ?? TryImportEc(der, static (ECDsa ec, ReadOnlySpan<byte> bytes) => { ec.ImportPkcs8PrivateKey(bytes, out _); })
            ?? TryImportRsa(der, static (RSA rsa, ReadOnlySpan<byte> bytes) => { rsa.ImportRSAPrivateKey(bytes, out _); })
            ?? TryImportEc(der, static (ECDsa ec, ReadOnlySpan<byte> bytes) => { ec.ImportECPrivateKey(bytes, out _); })
            ?? throw ParseFailed("only RSA and ECDSA keys (P-256, P-384, P-521) in PKCS#1, PKCS#8 or SEC 1 form can be read");
    }

    private static PrivateKey ReadEncryptedPkcs8(ReadOnlySpan<byte> der, string? password)
    {
        // Compat: cfssl cannot read this form at all and says 2003; the cure tells why.
        if (password is null)
            throw ParseFailed("the key is encrypted (PKCS#8): give its password, or decrypt it with: openssl pkcs8 -in KEY -out PLAIN-KEY");
        ReadOnlySpan<char> secret = password;
        var rsa = RSA.Create();
        try
        {
            rsa.ImportEncryptedPkcs8PrivateKey(secret, der, out _);
            return new PrivateKey(rsa);
        }
        catch (Exception error) when (IsImportFailure(error))
        {
            rsa.Dispose();
        }
        var ec = ECDsa.Create();
        try
        {
            ec.ImportEncryptedPkcs8PrivateKey(secret, der, out _);
            return Known(ec);
        }
        catch (Exception error) when (IsImportFailure(error))
        {
            ec.Dispose();
            throw ParseFailed("wrong password, or an encryption that this system cannot undo");
        }
    }

    private delegate void Import<TKey>(TKey key, ReadOnlySpan<byte> der);

    private static PrivateKey? TryImportRsa(ReadOnlySpan<byte> der, Import<RSA> import)
    {
        var rsa = RSA.Create();
        try
        {
            import(rsa, der);
            return new PrivateKey(rsa);
        }
        catch (Exception error) when (IsImportFailure(error))
        {
            rsa.Dispose();
            return null;
        }
    }

    private static PrivateKey? TryImportEc(ReadOnlySpan<byte> der, Import<ECDsa> import)
    {
        var ec = ECDsa.Create();
        try
        {
            import(ec, der);
            return Known(ec);
        }
        catch (Exception error) when (IsImportFailure(error))
        {
            ec.Dispose();
            return null;
        }
    }

    // What the framework throws for bytes that are no key, and for curves that it does not know.
    private static bool IsImportFailure(Exception error) => error is CryptographicException or NotSupportedException or ArgumentException;

    private static PrivateKey Known(ECDsa ec)
    {
        ECCurve curve = ec.ExportParameters(includePrivateParameters: false).Curve;
        if (curve.IsNamed && curve.Oid.Value is "1.2.840.10045.3.1.7" or "1.3.132.0.34" or "1.3.132.0.35")
            return new PrivateKey(ec);
        throw new CryptographicException("not a curve of this toolkit");
    }

    private static PkiException NeedsPassword() =>
        new PkiException(PkiErrorCategory.PrivateKey, PkiReason.Encrypted)
            .WithCure("set CFSSL_CA_PK_PASSWORD for a CA key; everything else, etcd included, needs the key unencrypted");

    private static PkiException ParseFailed(string cure) =>
        new PkiException(PkiErrorCategory.PrivateKey, PkiReason.ParseFailed).WithCure(cure);
}
