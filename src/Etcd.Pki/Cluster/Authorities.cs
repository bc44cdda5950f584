using System.Security.Cryptography.X509Certificates;
using System.Text;
using Etcd.Pki.Errors;
using Etcd.Pki.Files;
using Etcd.Pki.Inspection;
using Etcd.Pki.Keys;
using Etcd.Pki.Requests;
using Etcd.Pki.Signing;
using Etcd.Pki.Text;

namespace Etcd.Pki.Cluster;

/// <summary>Makes and reads the authority of a cluster's set-up.</summary>
internal static class Authorities
{
    /// <summary>A new key and certificate. The key is written first: a certificate without key would be worthless.</summary>
    public static IssuedPair Create(PairPath path, KeySpec keySpec, TimeSpan life, TimeProvider clock, PkiLog log)
    {
        using (log.ShowBusy($"generating key: {keySpec.Algorithm}-{keySpec.Bits}"))
        {
            using PrivateKey key = PrivateKey.Generate(keySpec);
            AtomicFile.WriteNew(path.Key, Encoding.ASCII.GetBytes(key.ToPem()), AtomicFile.KeyMode, isForced: false);
        }
        return CertifyKey(path, life, clock);
    }

    /// <summary>A certificate for a key that is there.</summary>
    public static IssuedPair CertifyKey(PairPath path, TimeSpan life, TimeProvider clock)
    {
        using PrivateKey key = PrivateKeyReader.Read(InputFile.ReadText(path.Key));
        var request = new RequestSpec
        {
            // The date tells authorities apart that follow each other.
            CommonName = $"etcd CA {clock.GetUtcNow():yyyy-MM-dd HH:mm:ss}",
            Names = [new RequestName { Organization = "etcd" }],
            Ca = new CaOptions(0, IsPathLengthZero: true, GoDuration.From(life).ToString(), Backdate: ""),
        };
        IssuedPair pair = new CertificateAuthority(clock, PkiLog.Silent).CreateFrom(request, key);
        AtomicFile.Write(path.Certificate, Encoding.ASCII.GetBytes(pair.CertificatePem), AtomicFile.PublicMode);
        return pair;
    }

    /// <exception cref="PkiException">A file cannot be read, the two do not fit, or the certificate is no authority's.</exception>
    public static (X509Certificate2 Certificate, PrivateKey Key) Read(PairPath path)
    {
        X509Certificate2 certificate = CertificateReader.ReadOne(InputFile.ReadText(path.Certificate));
        PrivateKey? key = null;
        try
        {
            key = PrivateKeyReader.Read(InputFile.ReadText(path.Key), Environment.GetEnvironmentVariable("CFSSL_CA_PK_PASSWORD"));
            if (!CertificateUsage.IsAuthority(certificate))
                throw new PkiException($"{path.Certificate} is not a CA certificate");
            return key.Matches(certificate.PublicKey)
                ? (certificate, key)
                : throw new PkiException(PkiErrorCategory.PrivateKey, PkiReason.KeyMismatch).WithCure($"{path.Key} is not the key of {path.Certificate}");
        }
        catch
        {
            certificate.Dispose();
            key?.Dispose();
            throw;
        }
    }

    public static string DescribeLife(X509Certificate2 certificate, TimeSpan renewBefore, TimeProvider clock, string directory)
    {
        DateTime end = certificate.NotAfter.ToUniversalTime();
        string text = $"good until {end:yyyy-MM-dd}";
        return end - clock.GetUtcNow().UtcDateTime < renewBefore ? $"{text}; replace it with: etcdctl pki rotate --out {directory}" : text;
    }
}
