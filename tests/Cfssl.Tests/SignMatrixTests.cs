using Etcd.Pki.Keys;
using Etcd.TestKit;

namespace Cfssl.Tests;

/// <summary>The same CSR signed under the same profile by the original and by ours must give the same certificate, byte for byte
/// but for serial number and signature; what one refuses the other refuses with the same line.</summary>
public sealed class SignMatrixTests : IDisposable
{
    private const string Names = """{"C":"CN","ST":"ShenZhen","L":"ShenZhen","O":"k8s","OU":"system"}""";

    // Every kind of name, key and CA wish that the installed original knows; URIs are not among them (it takes them for DNS names).
    private static readonly (string Name, string Json)[] s_requests =
    [
        ("server", $$"""{"CN":"server","hosts":["127.0.0.1","192.168.220.101","192.168.220.102"],"key":{"algo":"ecdsa","size":256},"names":[{{Names}}]}"""),
        ("client-rsa", $$"""{"CN":"client","hosts":["127.0.0.1"],"key":{"algo":"rsa","size":2048},"names":[{{Names}}]}"""),
        ("many-hosts", """{"CN":"m","hosts":["b.example","10.0.0.1","a.example","::1","me@example.com","*.w.example","fe80::1","::ffff:1.2.3.4","B.Example"]}"""),
        ("no-hosts", """{"CN":"lonely","key":{"algo":"ecdsa","size":384}}"""),
        ("no-subject", """{"hosts":["only.example"],"key":{"algo":"ecdsa","size":256}}"""),
        ("empty", "{}"),
        ("multi-names", """{"CN":"multi","names":[{"C":"ZZ","O":"O2","OU":"U1"},{"C":"AA","O":"O1","OU":"U2","L":"l"},{"ST":"s"}],"serialnumber":"007","hosts":["x"]}"""),
        ("odd-text", """{"CN":"*.q&a@x","names":[{"O":"深圳","OU":"under_score","L":"Zürich","ST":"a'b(c)+,-./:=?"}],"hosts":["not valid!","","under_score.x","Bob <bob@x.example>"]}"""),
        ("p521", """{"CN":"big curve","key":{"algo":"ecdsa","size":521},"hosts":["1.2.3.4"]}"""),
        ("other-case", """{"cn":"case","Hosts":["h.example"],"KEY":{"Algo":"ecdsa","SIZE":256},"unknown":[1,{"x":null}]}"""),
    ];

    private static readonly (string Name, string Json)[] s_profiles =
    [
        ("server", """{"expiry":"43800h","usages":["signing","key encipherment","server auth"]}"""),
        ("client", """{"expiry":"43800h","usages":["signing","key encipherment","client auth"]}"""),
        ("peer", """{"expiry":"43800h","usages":["signing","key encipherment","server auth","client auth"]}"""),
        ("odd-life", """{"expiry":"1h30m","backdate":"90m","usages":["client auth"]}"""),
        ("urls", """{"expiry":"10h","usages":["signing"],"ocsp_url":"http://o/","crl_url":"http://c/","issuer_urls":["http://i/","http://j/"],"ocsp_no_check":true}"""),
        ("all-usages", """{"expiry":"10h","usages":["digital signature","key agreement","data encipherment","cert sign","crl sign","encipher only","decipher only","any","code signing","email protection","s/mime","ipsec end system","ipsec tunnel","ipsec user","timestamping","ocsp signing","microsoft sgc","netscape sgc","no such usage"]}"""),
        ("sub-ca", """{"expiry":"10h","usages":["cert sign","crl sign"],"ca_constraint":{"is_ca":true,"max_path_len":3}}"""),
        ("sub-ca-0", """{"expiry":"10h","usages":["cert sign"],"ca_constraint":{"is_ca":true,"max_path_len_zero":true}}"""),
        ("fixed", """{"expiry":"10h","usages":["signing"],"not_before":"2020-01-02T03:04:05Z","not_after":"2055-06-07T08:09:10Z"}"""),
        ("policies", """{"expiry":"10h","usages":["signing"],"Policies":[{"ID":"1.2.3.4"},{"ID":"2.5.29.32.0","Qualifiers":[{"Type":"id-qt-cps","Value":"http://cps/"},{"Type":"id-qt-unotice","Value":"nötice"}]}]}"""),
        ("named-only", """{"expiry":"10h","usages":["signing"],"name_whitelist":"^(server|client|.*\\.example)$"}"""),
        ("some-fields", """{"expiry":"10h","usages":["signing"],"CSRWhitelist":{"Subject":true,"PublicKey":true,"PublicKeyAlgorithm":true,"DNSNames":true}}"""),
        ("no-usages-here", """{"expiry":"10h","usages":["nothing known","signing"],"ocsp_url":"http://own/"}"""),
    ];

    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Sign_SameCsrAndProfile_SameCertificateAsTheOriginal()
    {
        _ = DebianCfssl.Path;
        string config = _folder.Combine("config.json");
        string profiles = string.Join(',', s_profiles.Select(static profile => $"\"{profile.Name}\":{profile.Json}"));
        File.WriteAllText(
            config, """{"signing":{"default":{"expiry":"30h","crl_url":"http://default-crl/","issuer_urls":["http://default/"]},"profiles":{""" + profiles + "}}}");
        (string Certificate, string Key)[] authorities =
        [
            MakeCa("rsa", $$"""{"CN":"K8S CA","key":{"algo":"rsa","size":2048},"names":[{{Names}}]}"""),
            MakeCa("p384", """{"CN":"small","key":{"algo":"ecdsa","size":384},"ca":{"pathlen":1,"expiry":"100h"},"names":[{"O":"a"},{"O":"b"}]}"""),
        ];
        string[] requests = [.. s_requests.Select(MakeCsr)];
        // The CA's key decides the hash: larger keys, once each.
        Assert.True(Compare(["sign", .. MakeCaFromKey("rsa3072", new KeySpec("rsa", 3072)), requests[0]], "rsa-3072 CA"));
        Assert.True(Compare(["sign", .. MakeCaFromKey("rsa4096", new KeySpec("rsa", 4096)), requests[0]], "rsa-4096 CA"));
        Assert.True(Compare(["sign", .. MakeCaFromKey("p521", new KeySpec("ecdsa", 521)), requests[0]], "p521 CA"));

        int combinations = 0;
        int refused = 0;
        for (int r = 0; r < requests.Length; r++)
        {
            for (int p = 0; p <= s_profiles.Length; p++)
            {
                string profile = p < s_profiles.Length ? s_profiles[p].Name : "not-there";
                // Every profile with one CA or the other, so that both keys meet every profile and every request.
                (string certificate, string key) = authorities[(r + p) % authorities.Length];
                string[] arguments = ["sign", "-ca", certificate, "-ca-key", key, "-config", config, "-profile", profile, requests[r]];
                refused += Compare(arguments, $"{s_requests[r].Name} × {profile}") ? 0 : 1;
                combinations++;
            }
        }
        Assert.True(combinations >= 60, $"only {combinations} combinations");
        Assert.InRange(refused, 10, combinations / 2); // Both answers must really occur.
        TestContext.Current.SendDiagnosticMessage($"{combinations} combinations, {refused} refused by both");
    }

    // True if both issued, false if both refused; anything else fails the test.
    private static bool Compare(string[] arguments, string label)
    {
        for (int attempt = 0; ; attempt++)
        {
            ToolResult theirs = DebianCfssl.Run(arguments);
            ToolResult ours = OurTool.Cfssl(arguments);
            Assert.True(theirs.ExitCode == ours.ExitCode, $"{label}: exit codes {theirs.ExitCode} and {ours.ExitCode}\n{theirs.Error}\n{ours.Error}");
            Assert.True(StderrLines.Of(theirs.Error) == StderrLines.Of(ours.Error), $"{label}:\n{theirs.Error}\n{ours.Error}");
            if (theirs.ExitCode != 0)
                return false;
            string their = CertificateFields.Member(theirs.Output, "cert");
            string our = CertificateFields.Member(ours.Output, "cert");
            Assert.True(
                CertificateFields.Of(their).SequenceEqual(CertificateFields.Of(our)),
                $"{label}:\n{string.Join('\n', CertificateFields.Of(their).Except(CertificateFields.Of(our)))}\nours:\n"
                    + string.Join('\n', CertificateFields.Of(our).Except(CertificateFields.Of(their))));
            Assert.Equal(CertificateFields.Member(theirs.Output, "csr"), CertificateFields.Member(ours.Output, "csr"));
            // Both round the clock to a minute; a pair that straddles the half minute is made again.
            if (CertificateFields.NotBefore(their) == CertificateFields.NotBefore(our))
                return true;
            Assert.True(attempt < 2, $"{label}: not before {CertificateFields.NotBefore(their)} and {CertificateFields.NotBefore(our)}");
        }
    }

    private (string Certificate, string Key) MakeCa(string name, string json)
    {
        string output = DebianCfssl.RunWithInput(json, "gencert", "-initca", "-").Succeeded().Output;
        return (Write($"{name}.pem", CertificateFields.Member(output, "cert")), Write($"{name}-key.pem", CertificateFields.Member(output, "key")));
    }

    // Also shows that both make the same CA certificate for the same key.
    private string[] MakeCaFromKey(string name, KeySpec spec)
    {
        using PrivateKey key = PrivateKey.Generate(spec);
        string keyFile = Write($"{name}-key.pem", key.ToPem());
        string request = Write($"{name}.json", """{"CN":"big","names":[{"O":"o"}],"hosts":["1.2.3.4","a.example"],"ca":{"pathlen":2,"expiry":"99h"}}""");
        string their = CertificateFields.Member(DebianCfssl.Run("gencert", "-initca", "-ca-key", keyFile, request).Succeeded().Output, "cert");
        string our = CertificateFields.Member(OurTool.Cfssl("gencert", "-initca", "-ca-key", keyFile, request).Succeeded().Output, "cert");
        Assert.Equal(CertificateFields.Of(their), CertificateFields.Of(our));
        return ["-ca", Write($"{name}.pem", our), "-ca-key", keyFile];
    }

    // Half of the CSRs are ours: both must be readable by both.
    private string MakeCsr((string Name, string Json) request, int index)
    {
        ToolResult made = index % 2 == 0
            ? DebianCfssl.RunWithInput(request.Json, "genkey", "-")
            : OurTool.CfsslWithInput(request.Json, "genkey", "-");
        return Write($"{request.Name}.csr", CertificateFields.Member(made.Succeeded().Output, "csr"));
    }

    private string Write(string name, string text)
    {
        string path = _folder.Combine(name);
        File.WriteAllText(path, text);
        return path;
    }
}
