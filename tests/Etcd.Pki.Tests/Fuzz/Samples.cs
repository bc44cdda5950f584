using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using Etcd.Pki.Inspection;
using Etcd.Pki.Keys;
using Etcd.Pki.Pem;
using Etcd.Pki.Requests;
using Etcd.Pki.Revocation;
using Etcd.Pki.Text;

namespace Etcd.Pki.Tests.Fuzz;

/// <summary>Good inputs to be damaged.</summary>
internal static class Samples
{
    static Samples()
    {
        (PrivateKey key, string csr) = CsrBuilder.Generate(
            RequestSpec.Parse("""{"CN":"x","hosts":["a.example","1.2.3.4"],"names":[{"O":"o","C":"DE"}],"ca":{"pathlen":1}}"""u8), PkiLog.Silent);
        Csr = csr;
        Key = key.ToPem();
        Legacy = LegacyPemCipher.Encrypt("EC PRIVATE KEY", PemBlock.ReadAll(Key)[0].Bytes, "secret");
        key.Dispose();
        using var ca = new TestAuthority(new FixedClock());
        string leaf;
        (leaf, _) = ca.Issue("leaf", ["a.example", "::1"], "signing", "server auth");
        Certificate = leaf;
        using X509Certificate2 certificate = CertificateReader.ReadOne(leaf);
        using var signer = new OcspSigner(ca.Load(), ca.Load(), PrivateKeyReader.Read(ca.KeyPem), TimeSpan.FromHours(1), new FixedClock());
        OcspResponse = signer.Sign(certificate, new OcspStatement(OcspStatus.Revoked, 1, new FixedClock().Now));
        OcspRequest = MakeRequest();
    }

    public static string Csr { get; }

    public static string Key { get; }

    public static string Legacy { get; }

    public static string Certificate { get; }

    public static byte[] OcspRequest { get; }

    public static byte[] OcspResponse { get; }

    private static byte[] MakeRequest()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence())
        using (writer.PushSequence())
        using (writer.PushSequence())
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
                writer.WriteObjectIdentifier("1.3.14.3.2.26");
            writer.WriteOctetString(new byte[20]);
            writer.WriteOctetString(new byte[20]);
            writer.WriteInteger(5);
        }
        return writer.Encode();
    }
}
