using System.Text;
using Etcd.Pki.Checking;
using Etcd.Pki.Cluster;
using Etcd.Pki.Errors;
using Etcd.Pki.Inspection;
using Etcd.Pki.Keys;
using Etcd.Pki.Names;
using Etcd.Pki.Pem;
using Etcd.Pki.Profiles;
using Etcd.Pki.Remote;
using Etcd.Pki.Requests;
using Etcd.Pki.Revocation;
using Etcd.Pki.Signing;
using Etcd.Pki.Text;
using Etcd.TestKit;

namespace Etcd.Pki.Tests.Fuzz;

/// <summary>Any bytes give a value or a <see cref="PkiException"/>: nothing else, and never a hang. A failure prints seed, round and input.</summary>
public sealed class ParserFuzzTests
{
    // A long run for a change to a parser: FUZZ_ROUNDS=100000 FUZZ_SEED=7.
    private static readonly int s_rounds = int.Parse(Environment.GetEnvironmentVariable("FUZZ_ROUNDS") ?? "2000");
    private static readonly int s_seed = int.Parse(Environment.GetEnvironmentVariable("FUZZ_SEED") ?? "20260722");

    private static readonly byte[] s_request = """
        {"CN":"x","hosts":["a","1.2.3.4","me@x.y","https://u/p"],"key":{"algo":"ecdsa","size":256},"names":[{"C":"DE","O":"o","E":"a@b","OID":{"1.2.3":"v"}}],
         "ca":{"expiry":"1h","pathlen":1},"serialnumber":"7","extensions":[{"Id":[1,2,3],"Critical":true,"Value":"AQI="}]}
        """u8.ToArray();

    private static readonly byte[] s_config = """
        {"signing":{"default":{"expiry":"10h","usages":["signing"],"not_before":"2020-01-02T03:04:05Z","name_whitelist":"a.*","Policies":[{"ID":"1.2","Qualifiers":[{"Type":"id-qt-cps","Value":"v"}]}]},
         "profiles":{"a":{"expiry":"5h","usages":["server auth"],"auth_key":"k","CSRWhitelist":{"Subject":true},"ca_constraint":{"is_ca":true,"max_path_len":2}},"r":{"remote":"x"}}},
         "auth_keys":{"k":{"type":"standard","key":"00ff"}},"remotes":{"x":"http://h:1"}}
        """u8.ToArray();

    [Fact]
    public void Json_Request_ValueOrTypedError() => Fuzz(s_request, static bytes => RequestSpec.Parse(bytes).ToSubject().ToDer());

    [Fact]
    public void Json_Config_ValueOrTypedError() => Fuzz(s_config, static bytes => SigningPolicyReader.Parse(bytes, PkiLog.Silent));

    [Fact]
    public void Json_Subject_ValueOrTypedError() => Fuzz(s_request, static bytes => SubjectOverride.FromJson(GoJsonValue.Parse(bytes)));

    [Fact]
    public void Pem_AnyText_ValueOrNothing()
    {
        byte[] pem = Encoding.ASCII.GetBytes(Samples.Certificate + Samples.Legacy + Samples.Csr);
        Fuzz(pem, static bytes => PemBlock.ReadAll(Encoding.UTF8.GetString(bytes)));
    }

    [Fact]
    public void Csr_Der_ValueOrTypedError() => FuzzDer(Samples.Csr, static der =>
    {
        Csr csr = CsrReader.Read(PemBlock.Write("CERTIFICATE REQUEST", der));
        CsrDescription.WriteJson(new GoJsonWriter(), csr);
    });

    [Fact]
    public void Csr_DerUnchecked_ValueOrTypedError() => FuzzDer(Samples.Csr, static der =>
        CsrDescription.WriteJson(new GoJsonWriter(), CsrReader.ReadForDisplay(PemBlock.Write("CERTIFICATE REQUEST", der))));

    [Fact]
    public void Certificate_Der_ValueOrTypedError() => FuzzDer(Samples.Certificate, static der =>
    {
        using System.Security.Cryptography.X509Certificates.X509Certificate2 certificate = CertificateReader.ReadOne(PemBlock.Write("CERTIFICATE", der));
        CertificateDescription.WriteJson(new GoJsonWriter(), certificate);
        CertificateSignature.IsSelfSigned(certificate);
        CertificateUsage.Missing(certificate, EtcdRole.Peer);
    });

    [Fact]
    public void Certificate_AnyContainer_ValueOrTypedError() => FuzzDer(Samples.Certificate, static der => CertificateReader.ReadAny(der, "x"));

    [Fact]
    public void Key_Der_ValueOrTypedError() => FuzzDer(Samples.Key, static der => PrivateKeyReader.Read(PemBlock.Write("PRIVATE KEY", der)).Dispose());

    [Fact]
    public void Key_LegacyText_ValueOrTypedError() =>
        Fuzz(Encoding.ASCII.GetBytes(Samples.Legacy), static bytes => PrivateKeyReader.Read(Encoding.UTF8.GetString(bytes), "secret").Dispose());

    [Fact]
    public void Ocsp_RequestAndResponse_ValueOrTypedError()
    {
        Fuzz(Samples.OcspRequest, static bytes => OcspRequest.Parse(bytes));
        Fuzz(Samples.OcspResponse, static bytes => OcspResponse.Parse(bytes));
    }

    [Fact]
    public void Names_Der_ValueOrTypedError()
    {
        byte[] names = AlternativeNames.FromHosts(["a", "1.2.3.4", "::1", "me@x.y", "https://u/"]).ToExtension(isCritical: false).RawData;
        Fuzz(names, static bytes => AlternativeNames.FromExtension(bytes));
        byte[] subject = new SubjectName { CommonName = "x", Organization = ["a", "ü"] }.ToDer();
        Fuzz(subject, static bytes => SubjectName.FromDer(bytes).ToDer());
    }

    [Fact]
    public void Texts_Any_ValueOrTypedError()
    {
        Fuzz("1h30m5.5s"u8.ToArray(), static bytes => GoDuration.Parse(Encoding.UTF8.GetString(bytes)));
        Fuzz("12\n34\n"u8.ToArray(), static bytes => SerialList.Parse(Encoding.UTF8.GetString(bytes)));
        Fuzz("a=10.0.0.1,b=10.0.0.2/b.example"u8.ToArray(), static bytes => ClusterMember.ParseList(Encoding.UTF8.GetString(bytes)));
        Fuzz("https://user@h.example:80/p?q"u8.ToArray(), static bytes => AlternativeNames.FromHosts([Encoding.UTF8.GetString(bytes)]));
        Fuzz("https://h.example:80/p"u8.ToArray(), static bytes => new CfsslClient(Encoding.UTF8.GetString(bytes), RemoteTls.System, PkiLog.Silent).Dispose());
    }

    [Fact]
    public async Task Check_DamagedFiles_OnlyFindings()
    {
        using var folder = new TempDirectory();
        var random = new Random(s_seed);
        byte[] all = Encoding.ASCII.GetBytes(Samples.Certificate + Samples.Key);
        for (int round = 0; round < 100; round++)
        {
            await File.WriteAllBytesAsync(folder.Combine("server.pem"), Mutate(all, random), TestContext.Current.CancellationToken);
            Assert.NotEmpty(await new PkiCheck(TimeProvider.System).RunAsync(new CheckRequest { Files = [folder.Path] }, TestContext.Current.CancellationToken));
        }
    }

    private static void FuzzDer(string pem, Action<byte[]> parse) => Fuzz(PemBlock.ReadAll(pem)[0].Bytes, parse);

    private static void Fuzz(byte[] good, Action<byte[]> parse)
    {
        parse(good); // The unharmed input must pass, or nothing is tested below.
        var random = new Random(s_seed);
        for (int round = 0; round < s_rounds; round++)
        {
            byte[] input = Mutate(good, random);
            try
            {
                parse(input);
            }
            catch (PkiException)
            {
                // The one exception that is allowed.
            }
            catch (Exception error)
            {
                Assert.Fail($"seed {s_seed}, round {round}, input {Convert.ToBase64String(input)}: {error}");
            }
        }
    }

    // Flips, cuts, doubles, overwrites, or starts from noise.
    private static byte[] Mutate(byte[] good, Random random)
    {
        List<byte> bytes = [.. good];
        int changes = random.Next(1, 5);
        for (int i = 0; i < changes; i++)
        {
            int at = bytes.Count == 0 ? 0 : random.Next(bytes.Count);
            switch (random.Next(7))
            {
                case 0 when bytes.Count > 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1 when bytes.Count > 0:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 20), bytes.Count - at));
                    break;
                case 2:
                    bytes.InsertRange(at, Noise(random, random.Next(1, 20)));
                    break;
                case 3 when bytes.Count > 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 4 when bytes.Count > 0:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                case 5 when bytes.Count > 0:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 40), bytes.Count - at)));
                    break;
                default:
                    if (random.Next(20) == 0)
                        bytes = [.. Noise(random, random.Next(200))];
                    break;
            }
        }
        return [.. bytes];
    }

    private static byte[] Noise(Random random, int count)
    {
        byte[] noise = new byte[count];
        random.NextBytes(noise);
        return noise;
    }
}
