using System.Security.Cryptography;
using Net.Pkcs11Interop.Common;

namespace Cfssl.Hsm;

/// <summary>An elliptic curve key in a token.</summary>
internal sealed class TokenECDsa : ECDsa
{
    private readonly TokenSession _session;
    private readonly ECParameters _publicKey;

    public TokenECDsa(TokenSession session, ECParameters publicKey, int bits)
    {
        _session = session;
        _publicKey = publicKey;
        KeySizeValue = bits;
    }

    public override ECParameters ExportParameters(bool includePrivateParameters) =>
        includePrivateParameters ? throw new CryptographicException("the key does not leave its token") : _publicKey;

    public override byte[] ExportSubjectPublicKeyInfo()
    {
        using ECDsa publicOnly = Create(_publicKey);
        return publicOnly.ExportSubjectPublicKeyInfo();
    }

    /// <summary>The token returns the two halves of the signature side by side, which is what the framework expects.</summary>
    public override byte[] SignHash(byte[] hash) => _session.Sign(CKM.CKM_ECDSA, hash);

    public override bool VerifyHash(byte[] hash, byte[] signature)
    {
        using ECDsa publicOnly = Create(_publicKey);
        return publicOnly.VerifyHash(hash, signature);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _session.Dispose();
        base.Dispose(disposing);
    }
}
