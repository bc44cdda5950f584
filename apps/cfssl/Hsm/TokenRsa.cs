using System.Formats.Asn1;
using System.Security.Cryptography;
using Net.Pkcs11Interop.Common;

namespace Cfssl.Hsm;

/// <summary>An RSA key in a token. It signs PKCS#1 v1.5 and nothing else.</summary>
internal sealed class TokenRsa : RSA
{
    private readonly TokenSession _session;
    private readonly RSAParameters _publicKey;

    public TokenRsa(TokenSession session, RSAParameters publicKey)
    {
        _session = session;
        _publicKey = publicKey;
        KeySizeValue = publicKey.Modulus!.Length * 8;
    }

    public override RSAParameters ExportParameters(bool includePrivateParameters) =>
        includePrivateParameters ? throw new CryptographicException("the key does not leave its token") : _publicKey;

    public override void ImportParameters(RSAParameters parameters) => throw new NotSupportedException();

    public override byte[] SignHash(byte[] hash, HashAlgorithmName hashAlgorithm, RSASignaturePadding padding)
    {
        if (padding != RSASignaturePadding.Pkcs1)
            throw new NotSupportedException();
        // RFC 8017 §9.2: the token pads, but it does not know which hash this is.
        var digestInfo = new AsnWriter(AsnEncodingRules.DER);
        using (digestInfo.PushSequence())
        {
            using (digestInfo.PushSequence())
            {
                digestInfo.WriteObjectIdentifier(CryptoConfig.MapNameToOID(hashAlgorithm.Name!)!);
                digestInfo.WriteNull();
            }
            digestInfo.WriteOctetString(hash);
        }
        return _session.Sign(CKM.CKM_RSA_PKCS, digestInfo.Encode());
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _session.Dispose();
        base.Dispose(disposing);
    }
}
