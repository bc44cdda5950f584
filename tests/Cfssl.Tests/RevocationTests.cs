using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Etcd.Pki.Inspection;
using Etcd.Pki.Signing;
using Etcd.TestKit;

namespace Cfssl.Tests;

/// <summary>CRLs, OCSP and the certificate database, judged by openssl and shared with the original.</summary>
public sealed class RevocationTests : IDisposable
{
    private readonly TempDirectory _folder = new();
    private readonly string _openssl = RealTool.Require("openssl", "openssl");

    public RevocationTests()
    {
        MakeCa("ca", """{"CN":"crl ca","names":[{"O":"o"}]}""");
        MakeCa("rsa", """{"CN":"rsa ca","key":{"algo":"rsa","size":2048}}""");
        Write("config.json", """{"signing":{"default":{"expiry":"10h","usages":["signing","ocsp signing"]}}}""");
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ca")]
    [InlineData("rsa")]
    public void GenCrl_SameInput_SameCrlAsTheOriginal(string ca)
    {
        Write("serials", "123\n\n456\n99999999999999999999999999999999999999999999\n");
        string[] arguments = ["gencrl", Path("serials"), Path(ca + ".pem"), Path(ca + "-key.pem")];
        string their = CrlText(DebianCfssl.Run(arguments).Succeeded().Output);
        Assert.Equal(their, CrlText(OurTool.Cfssl(arguments).Succeeded().Output));
        Assert.Contains("Serial Number: 01C8", their, StringComparison.Ordinal);
    }

    [Fact]
    public void GenCrl_EmptyListAndLife_VerifiesAndExpiresInTime()
    {
        Write("serials", "");
        string base64 = OurTool.Cfssl("gencrl", Path("serials"), Path("ca.pem"), Path("ca-key.pem"), "3600").Succeeded().Output;
        File.WriteAllBytes(Path("crl.der"), Convert.FromBase64String(base64));
        ToolResult result = RealTool.Run(_openssl, ["crl", "-inform", "der", "-in", Path("crl.der"), "-CAfile", Path("ca.pem"), "-noout", "-text"]).Succeeded();
        Assert.Contains("verify OK", result.Error + result.Output, StringComparison.Ordinal);
        Assert.Contains("No Revoked Certificates", result.Output, StringComparison.Ordinal);
        string[] dates = [.. result.Output.Split('\n').Where(static line => line.Contains("Update:", StringComparison.Ordinal)).Select(static line => line.Split("Update:")[1].Trim())];
        Assert.Equal(TimeSpan.FromHours(1), ParseOpensslTime(dates[1]) - ParseOpensslTime(dates[0]));
    }

    [Theory]
    [InlineData("abc\n")]
    [InlineData("-5\n")]
    [InlineData("1 2\n")]
    public void GenCrl_BadSerial_IsRefused(string serials)
    {
        Write("serials", serials);
        ToolResult result = OurTool.Cfssl("gencrl", Path("serials"), Path("ca.pem"), Path("ca-key.pem"));
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("hint: line 1", result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    [Fact]
    public void GenCrl_KeyOfAnotherCa_IsRefused()
    {
        Write("serials", "1\n");
        ToolResult result = OurTool.Cfssl("gencrl", Path("serials"), Path("ca.pem"), Path("rsa-key.pem"));
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("\"code\":2300", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-status good")]
    [InlineData("-status unknown")]
    [InlineData("-status revoked -reason keyCompromise -revoked-at 2020-01-02")]
    [InlineData("-status revoked -reason 9 -revoked-at 2020-01-02")]
    public void OcspSign_SameInput_SameResponseAsTheOriginal(string status)
    {
        string leaf = MakeLeaf("leaf");
        string[] arguments =
            ["ocspsign", "-ca", Path("ca.pem"), "-responder", Path("ca.pem"), "-responder-key", Path("ca-key.pem"), "-cert", leaf, .. status.Split(' ')];
        for (int attempt = 0; ; attempt++)
        {
            string their = OcspText(DebianCfssl.Run(arguments).Succeeded().Output);
            string our = OcspText(OurTool.Cfssl(arguments).Succeeded().Output);
            if (their == our)
                break;
            Assert.True(attempt < 2, $"{their}\n{our}"); // The minute or the hour may have changed between the two.
        }
    }

    [Fact]
    public void OcspServe_OwnResponder_OpensslVerifies()
    {
        string leaf = MakeLeaf("leaf");
        string responder = MakeLeaf("responder");
        string[] sign = ["ocspsign", "-ca", Path("ca.pem"), "-responder", responder, "-responder-key", Path("responder-key.pem"), "-cert", leaf, "-status", "revoked"];
        string output = OurTool.Cfssl(sign).Succeeded().Output;
        Write("responses", CertificateFields.Member(output, "ocspResponse") + "\nnonsense\n");
        using RunningServer server = RunningServer.Start(OurTool.PathOf("cfssl"), "ocspserve", "-responses", Path("responses"));
        string[] ask = ["ocsp", "-issuer", Path("ca.pem"), "-cert", leaf, "-CAfile", Path("ca.pem"), "-no_nonce", "-url", $"http://{server.Address}/"];
        ToolResult answer = RealTool.Run(_openssl, ask);
        Assert.Contains("Response verify OK", answer.Error, StringComparison.Ordinal);
        Assert.Contains("leaf.pem: revoked", answer.Output, StringComparison.Ordinal);
        string[] askUnknown = [.. ask.Select(word => word == leaf ? responder : word)];
        Assert.Contains("unauthorized", RealTool.Run(_openssl, askUnknown).Output, StringComparison.Ordinal);
        Assert.Contains("Read 1 OCSP responses", server.Log, StringComparison.Ordinal);
    }

    [Fact]
    public void Database_SharedWithTheOriginal_EachReadsWhatTheOtherWrote()
    {
        string config = CertificateDatabaseFile.Create(_folder, "certs.db");
        string ours = SignInto(config, "ours", OurTool.PathOf("cfssl"));
        string theirs = SignInto(config, "theirs", DebianCfssl.Path);
        string keyId = AuthorityKeyId(ours);

        // The original of the package stores an empty authority key, so its rows can only be found by an empty one, which it refuses to take.
        OurTool.Cfssl("revoke", "-db-config", config, "-serial", Serial(ours), "-aki", keyId, "-reason", "superseded").Succeeded();
        Assert.Equal(1, OurTool.Cfssl("revoke", "-db-config", config, "-serial", "1", "-aki", keyId).ExitCode);
        string[] refresh = ["ocsprefresh", "-db-config", config, "-ca", Path("ca.pem"), "-responder", Path("ca.pem"), "-responder-key", Path("ca-key.pem")];
        DebianCfssl.Run(refresh).Succeeded();
        string[] dump = ["ocspdump", "-db-config", config];
        Assert.Equal(DebianCfssl.Run(dump).Succeeded().Output, OurTool.Cfssl(dump).Succeeded().Output);
        OurTool.Cfssl(refresh).Succeeded();
        Assert.Equal(2, OurTool.Cfssl(dump).Succeeded().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(Sorted(DebianCfssl.Run(dump).Succeeded().Output), Sorted(OurTool.Cfssl(dump).Succeeded().Output));

        using RunningServer server = RunningServer.Start(OurTool.PathOf("cfssl"), "ocspserve", "-db-config", config);
        string url = $"http://{server.Address}/";
        Assert.Contains("ours.pem: revoked", Ask(url, ours), StringComparison.Ordinal);
        Assert.Contains("theirs.pem: good", Ask(url, theirs), StringComparison.Ordinal);

        string crl = OurTool.Cfssl("crl", "-db-config", config, "-ca", Path("ca.pem"), "-ca-key", Path("ca-key.pem"), "-expiry", "2h").Succeeded().Output;
        Assert.Contains(SerialHex(ours), CrlText(crl), StringComparison.Ordinal);
        string info = OurTool.Cfssl("certinfo", "-db-config", config, "-serial", Serial(ours), "-aki", keyId).Succeeded().Output;
        Assert.Equal(Serial(ours), CertificateFields.Member(info, "serial_number"));
    }

    [Fact]
    public void Database_SameSerialTwice_IsRefused()
    {
        string config = CertificateDatabaseFile.Create(_folder, "certs.db");
        var database = global::Cfssl.Store.CertificateDatabase.OpenConfigured(config);
        var record = new global::Cfssl.Store.CertificateRecord("1", "aa", "", "good", 0, DateTimeOffset.UtcNow, default, "pem");
        database.Insert(record);
        Assert.Equal(11000, Assert.Throws<Etcd.Pki.Errors.PkiException>(() => database.Insert(record)).Code);
    }

    [Theory]
    [InlineData("""{"driver":"mysql","data_source":"x"}""", "SQLite only")]
    [InlineData("""{"driver":"sqlite3"}""", "data_source")]
    [InlineData("x", "column 1")]
    [InlineData("""{"driver":"sqlite3","data_source":"/nonexistent/folder/x.db"}""", "11000")]
    public void Database_BadConfiguration_SaysWhatToDo(string json, string expected)
    {
        Write("db.json", json);
        ToolResult result = OurTool.Cfssl("revoke", "-db-config", Path("db.json"), "-serial", "1", "-aki", "aa");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
    }

    private string Ask(string url, string certificate) =>
        RealTool.Run(_openssl, ["ocsp", "-issuer", Path("ca.pem"), "-cert", certificate, "-CAfile", Path("ca.pem"), "-no_nonce", "-url", url]).Output;

    private string SignInto(string config, string name, string program)
    {
        string csr = OurTool.CfsslWithInput($$"""{"CN":"{{name}}"}""", "genkey", "-").Succeeded().Output;
        Write(name + ".csr", CertificateFields.Member(csr, "csr"));
        string[] sign = ["sign", "-ca", Path("ca.pem"), "-ca-key", Path("ca-key.pem"), "-db-config", config, Path(name + ".csr")];
        Write(name + ".pem", CertificateFields.Member(RealTool.Run(program, sign).Succeeded().Output, "cert"));
        return Path(name + ".pem");
    }

    private string MakeLeaf(string name)
    {
        string[] arguments = ["gencert", "-ca", Path("ca.pem"), "-ca-key", Path("ca-key.pem"), "-config", Path("config.json"), "-"];
        string output = OurTool.CfsslWithInput($$"""{"CN":"{{name}}"}""", arguments).Succeeded().Output;
        Write(name + "-key.pem", CertificateFields.Member(output, "key"));
        Write(name + ".pem", CertificateFields.Member(output, "cert"));
        return Path(name + ".pem");
    }

    private void MakeCa(string name, string json)
    {
        string output = OurTool.CfsslWithInput(json, "gencert", "-initca", "-").Succeeded().Output;
        Write(name + ".pem", CertificateFields.Member(output, "cert"));
        Write(name + "-key.pem", CertificateFields.Member(output, "key"));
    }

    // openssl's rendering, without dates and the signature's value.
    private string CrlText(string base64)
    {
        File.WriteAllBytes(Path("crl.der"), Convert.FromBase64String(base64));
        string text = RealTool.Run(_openssl, ["crl", "-inform", "der", "-in", Path("crl.der"), "-noout", "-text"]).Succeeded().Output;
        return WithoutDates(text.Split("Signature Value")[0]);
    }

    private string OcspText(string json)
    {
        File.WriteAllBytes(Path("r.der"), Convert.FromBase64String(CertificateFields.Member(json, "ocspResponse")));
        string text = RealTool.Run(_openssl, ["ocsp", "-respin", Path("r.der"), "-resp_text", "-noverify"]).Succeeded().Output;
        return text.Split("Signature Value")[0] + text.Contains("Certificate:", StringComparison.Ordinal);
    }

    private static string WithoutDates(string text) => string.Join('\n', text.Split('\n').Where(static line => !line.Contains("Date:", StringComparison.Ordinal) && !line.Contains("Update:", StringComparison.Ordinal)));

    private static DateTime ParseOpensslTime(string text) =>
        DateTime.ParseExact(text.Replace("  ", " ", StringComparison.Ordinal), "MMM d HH:mm:ss yyyy 'GMT'", CultureInfo.InvariantCulture);

    private static string[] Sorted(string lines) => [.. lines.Split('\n').Order(StringComparer.Ordinal)];

    private static string Serial(string path)
    {
        using X509Certificate2 certificate = CertificateReader.ReadOne(File.ReadAllText(path));
        return SerialNumbers.ToDecimal(certificate);
    }

    private static string SerialHex(string path)
    {
        using X509Certificate2 certificate = CertificateReader.ReadOne(File.ReadAllText(path));
        return certificate.SerialNumber.TrimStart('0');
    }

    private static string AuthorityKeyId(string path)
    {
        using X509Certificate2 certificate = CertificateReader.ReadOne(File.ReadAllText(path));
        return Convert.ToHexStringLower(KeyIdentifiers.AuthorityOf(certificate));
    }

    private string Path(string name) => _folder.Combine(name);

    private void Write(string name, string text) => File.WriteAllText(_folder.Combine(name), text);
}
