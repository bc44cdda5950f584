using Etcd.TestKit;

namespace Cfssl.Tests;

/// <summary>The certificate set-up of the user's documents, with every mix of the original's programs and ours.</summary>
public sealed class DocumentedFlowTests(DocumentedFlow flow) : IClassFixture<DocumentedFlow>
{
    [Fact]
    public void Flow_EveryMixOfPrograms_SameFilesAndCertificates()
    {
        string reference = flow.Run("theirs", DebianCfssl.Path, DebianCfssl.JsonPath, DebianCfssl.CertInfoPath);
        string[] mixes =
        [
            flow.Ours,
            flow.Run("our-cfssl", OurTool.PathOf("cfssl"), DebianCfssl.JsonPath, DebianCfssl.CertInfoPath),
            flow.Run("our-json", DebianCfssl.Path, OurTool.PathOf("cfssljson"), OurTool.PathOf("cfssl-certinfo")),
        ];
        foreach (string mix in mixes)
        {
            Assert.Equal(FilesAndModes(reference), FilesAndModes(mix));
            Assert.Equal(ReadLog(reference), ReadLog(mix));
            foreach (string name in new[] { "ca", "server", "client", "member" })
            {
                string their = File.ReadAllText(Path.Combine(reference, name + ".pem"));
                string our = File.ReadAllText(Path.Combine(mix, name + ".pem"));
                Assert.Equal(CertificateFields.Of(their, hasOwnKey: true).Where(NotAuthorityKey), CertificateFields.Of(our, hasOwnKey: true).Where(NotAuthorityKey));
                Assert.Equal(FirstLine(reference, name + "-key.pem"), FirstLine(mix, name + "-key.pem"));
                Assert.Equal(FirstLine(reference, name + ".csr"), FirstLine(mix, name + ".csr"));
            }
            Assert.Equal(File.ReadAllText(Path.Combine(reference, "example.json")), File.ReadAllText(Path.Combine(mix, "example.json")));
        }
    }

    [Fact]
    public void Flow_OurCertificates_OpensslAgreesWithTheirPurpose()
    {
        string folder = flow.Ours;
        Assert.Equal("server.pem: OK\n", Verify(folder, "sslserver", "server.pem").Output);
        Assert.Equal("client.pem: OK\n", Verify(folder, "sslclient", "client.pem").Output);
        Assert.Equal("member.pem: OK\n", Verify(folder, "sslserver", "member.pem").Output);
        Assert.Equal("member.pem: OK\n", Verify(folder, "sslclient", "member.pem").Output);
        Assert.NotEqual(0, Verify(folder, "sslclient", "server.pem").ExitCode);
        Assert.NotEqual(0, Verify(folder, "sslserver", "client.pem").ExitCode);
    }

    [Fact]
    public void CertInfo_SameCertificate_SameBytes()
    {
        string folder = flow.Ours;
        foreach (string name in new[] { "ca", "server", "client", "member" })
        {
            string path = Path.Combine(folder, name + ".pem");
            // Compat: the packaged original drops the leading zero of a byte in key identifiers; 1.6.5 and ours keep it.
            Assert.Equal(WithoutKeyIds(DebianCfssl.Run("certinfo", "-cert", path).Output), WithoutKeyIds(OurTool.Cfssl("certinfo", "-cert", path).Output));
            Assert.Equal(
                DebianCfssl.Run("certinfo", "-csr", Path.Combine(folder, name + ".csr")).Output,
                OurTool.Cfssl("certinfo", "-csr", Path.Combine(folder, name + ".csr")).Output);
        }
    }

    private static string ReadLog(string folder) => File.ReadAllText(folder + ".log");

    private static string FilesAndModes(string folder) =>
        string.Join('\n', Directory.GetFiles(folder).Order(StringComparer.Ordinal).Select(static file => $"{Path.GetFileName(file)} {File.GetUnixFileMode(file)}"));

    private static string FirstLine(string folder, string file) => File.ReadLines(Path.Combine(folder, file)).First();

    private static bool NotAuthorityKey(string field) => !field.StartsWith("extension 2.5.29.35 ", StringComparison.Ordinal);

    private static string WithoutKeyIds(string json) =>
        string.Join('\n', json.Split('\n').Where(static line => !line.Contains("_key_id\"", StringComparison.Ordinal)));

    private static ToolResult Verify(string folder, string purpose, string file) =>
        RealTool.Run(RealTool.Require("openssl", "openssl"), ["verify", "-CAfile", "ca.pem", "-purpose", purpose, file], directory: folder);
}
