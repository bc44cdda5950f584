using System.Formats.Asn1;
using Etcd.Pki.Keys;

namespace Etcd.Pki.Revocation;

/// <summary>The outer shape that certificates, CRLs and OCSP responses share: contents, algorithm, signature.</summary>
internal static class SignedStructure
{
    /// <summary>The signature algorithm of a key as an AlgorithmIdentifier.</summary>
    public static byte[] AlgorithmOf(PrivateKey key) => key.CreateSignatureGenerator().GetSignatureAlgorithmIdentifier(key.SignatureHash);

    /// <summary>Writes contents, algorithm and signature; the caller has opened the sequence.</summary>
    public static void Write(AsnWriter writer, byte[] contents, PrivateKey key)
    {
        writer.WriteEncodedValue(contents);
        writer.WriteEncodedValue(AlgorithmOf(key));
        writer.WriteBitString(key.Sign(contents));
    }
}
