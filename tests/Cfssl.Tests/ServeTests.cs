using System.Text;
using System.Text.Json.Nodes;
using Etcd.TestKit;

namespace Cfssl.Tests;

/// <summary>Our server against the original's: the same answers, and each one's client with the other's server.</summary>
public sealed class ServeTests : IDisposable
{
    private readonly TempDirectory _folder = new();
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });

    public ServeTests()
    {
        string ca = OurTool.CfsslWithInput("""{"CN":"serve ca","names":[{"O":"o"}]}""", "gencert", "-initca", "-").Succeeded().Output;
        Write("ca.pem", CertificateFields.Member(ca, "cert"));
        Write("ca-key.pem", CertificateFields.Member(ca, "key"));
        string leaf = OurTool.CfsslWithInput("""{"CN":"leaf","hosts":["leaf.example"]}""", "genkey", "-").Succeeded().Output;
        Write("leaf.csr", CertificateFields.Member(leaf, "csr"));
        Write("config.json", """
            {"signing":{"default":{"expiry":"10h","usages":["signing","server auth"]},
             "profiles":{"a":{"expiry":"5h","usages":["signing","client auth"],"auth_key":"k"},
                         "ca":{"expiry":"5h","usages":["cert sign"],"ca_constraint":{"is_ca":true}}}},
             "auth_keys":{"k":{"type":"standard","key":"0123456789ABCDEF"}}}
            """);
        Write("client-auth.json", """
            {"signing":{"default":{"auth_remote":{"remote":"r","auth_key":"k"}}},
             "auth_keys":{"k":{"type":"standard","key":"0123456789ABCDEF"}},"remotes":{"r":"REMOTE"}}
            """);
    }

    public void Dispose()
    {
        _http.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Api_SameRequests_SameAnswersAsTheOriginal()
    {
        using RunningServer theirs = StartServer(DebianCfssl.Path);
        using RunningServer ours = StartServer(OurTool.PathOf("cfssl"));
        string csr = File.ReadAllText(_folder.Combine("leaf.csr"));
        string certificate = File.ReadAllText(_folder.Combine("ca.pem"));
        (string Path, string? Body)[] calls =
        [
            ("sign", null), ("sign", "x"), ("sign", "{}"), ("sign", """{"certificate_request":"x"}"""), ("sign", """{"certificate_request":5}"""),
            ("sign", Json("certificate_request", csr)), ("sign", Json("certificate_request", csr, "profile", "a")),
            ("sign", Json("certificate_request", csr, "hostname", "x.y,1.2.3.4")), ("sign", Json("certificate_request", certificate)),
            ("authsign", "x"), ("authsign", "{}"), ("authsign", """{"token":"AA==","request":"e30="}"""),
            ("authsign", """{"token":"AA==","request":"eyJwcm9maWxlIjoiYSJ9"}"""),
            ("newkey", ""), ("newkey", "x"), ("newkey", """{"hosts":["a"],"CN":"x"}"""), ("newkey", """{"ca":{}}"""),
            ("newkey", """{"key":{"algo":"rsa","size":1}}"""), ("newkey", """{"CN":5}"""), ("newkey", "[]"), ("newkey", "{}"),
            ("newcert", "{}"), ("newcert", """{"request":{"CN":"a","hosts":["b"]}}"""), ("newcert", """{"request":{"CN":"a"},"profile":"a"}"""),
            ("newcert", """{"request":{"ca":{}}}"""),
            ("info", "{}"), ("info", """{"profile":"a","label":"x"}"""), ("info", "x"), ("info", null),
            ("init_ca", "{}"), ("init_ca", """{"CN":"new","hosts":["1.2.3.4"]}"""), ("init_ca", """{"CN":"new","ca":{"expiry":"x"}}"""),
            ("certinfo", "{}"), ("certinfo", """{"certificate":"x"}"""), ("certinfo", Json("certificate", certificate)),
            ("gencrl", "{}"), ("revoke", "{}"), ("ocspsign", "{}"), ("nothing", "{}"), ("nothing", null),
        ];
        foreach ((string path, string? body) in calls)
        {
            string their = (await CallAsync(theirs, path, body)).Replace("not a certificate or csr", "not a csr", StringComparison.Ordinal);
            string our = await CallAsync(ours, path, body);
            Assert.True(their == our, $"{path} {body}\ntheirs: {their}\nours:   {our}");
        }
    }

    [Fact]
    public void Remote_TheirClientOurServer_Signs() => CheckRemote(DebianCfssl.Path, OurTool.PathOf("cfssl"), "http://");

    [Fact]
    public void Remote_OurClientTheirServer_Signs() => CheckRemote(OurTool.PathOf("cfssl"), DebianCfssl.Path, "");

    [Fact]
    public void AuthRemote_BothDirections_Signs()
    {
        foreach ((string client, string server) in new[] { (DebianCfssl.Path, OurTool.PathOf("cfssl")), (OurTool.PathOf("cfssl"), DebianCfssl.Path) })
        {
            using RunningServer running = RunningServer.Start(
                server, "serve", "-ca", _folder.Combine("ca.pem"), "-ca-key", _folder.Combine("ca-key.pem"), "-config", WriteGuardedConfig());
            string config = _folder.Combine("client-auth.json");
            Write("remote.json", File.ReadAllText(config).Replace("REMOTE", "http://" + running.Address, StringComparison.Ordinal));
            ToolResult signed = RealTool.Run(client, ["sign", "-config", _folder.Combine("remote.json"), _folder.Combine("leaf.csr")]);
            Assert.True(signed.ExitCode == 0, signed.Error + running.Log);
            Write("wrong.json", File.ReadAllText(_folder.Combine("remote.json")).Replace("0123", "9999", StringComparison.Ordinal));
            ToolResult refused = RealTool.Run(client, ["sign", "-config", _folder.Combine("wrong.json"), _folder.Combine("leaf.csr")]);
            Assert.Equal(1, refused.ExitCode);
            Assert.Contains("invalid token", refused.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Tls_MutualWithNamePattern_LetsInWhomItShould()
    {
        string config = _folder.Combine("all.json");
        Write("all.json", """{"signing":{"default":{"expiry":"10h","usages":["signing","key encipherment","server auth","client auth"]}}}""");
        MakePair("server", """{"CN":"server","hosts":["127.0.0.1"]}""", config);
        MakePair("good", """{"CN":"good-client","hosts":["x"]}""", config);
        MakePair("bad", """{"CN":"bad-client","hosts":["x"]}""", config);
        string[] serve =
        [
            "-ca", _folder.Combine("ca.pem"), "-ca-key", _folder.Combine("ca-key.pem"), "-tls-cert", _folder.Combine("server.pem"),
            "-tls-key", _folder.Combine("server-key.pem"), "-mutual-tls-ca", _folder.Combine("ca.pem"), "-mutual-tls-cn", "^good-",
        ];
        using RunningServer server = RunningServer.Start(OurTool.PathOf("cfssl"), "serve", serve);
        string[] trust = ["-remote", "https://" + server.Address, "-tls-remote-ca", _folder.Combine("ca.pem")];

        ToolResult good = OurTool.Cfssl(["info", .. trust, .. Identity("good")]);
        Assert.True(good.ExitCode == 0, good.Error + server.Log);
        ToolResult bad = OurTool.Cfssl(["info", .. trust, .. Identity("bad")]);
        Assert.Equal(1, bad.ExitCode);
        Assert.Contains("Invalid CN", bad.Error, StringComparison.Ordinal);
        Assert.Equal(1, OurTool.Cfssl(["info", .. trust]).ExitCode);
        Assert.Equal(1, OurTool.Cfssl(["info", "-remote", "https://" + server.Address, .. Identity("good")]).ExitCode);

        // Only sign, gencert and their like take the client certificate flags in the original.
        ToolResult their = DebianCfssl.Run(["sign", .. trust, .. Identity("good"), _folder.Combine("leaf.csr")]);
        Assert.True(their.ExitCode == 0, their.Error + server.Log);
    }

    [Fact]
    public async Task Serve_Terminated_FinishesWithExitCodeZero()
    {
        using RunningServer server = StartServer(OurTool.PathOf("cfssl"));
        Assert.Contains("healthy", await CallAsync(server, "health", body: null), StringComparison.Ordinal);
        Assert.Equal(0, server.Terminate());
    }

    [Fact]
    public void Serve_PortTaken_FailsWithAPlainWord()
    {
        using RunningServer server = StartServer(OurTool.PathOf("cfssl"));
        ToolResult second = OurTool.Cfssl("serve", "-port", server.Port.ToString());
        Assert.Equal(1, second.ExitCode);
        Assert.Contains("address already in use", second.Error, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Serve_HugeBody_IsRefusedAndServerLives()
    {
        using RunningServer server = StartServer(OurTool.PathOf("cfssl"));
        Assert.Contains("413", await CallAsync(server, "newkey", new string('x', 2_000_000)), StringComparison.Ordinal);
        Assert.Contains("healthy", await CallAsync(server, "health", body: null), StringComparison.Ordinal);
    }

    private void CheckRemote(string client, string serverProgram, string scheme)
    {
        using RunningServer server = StartServer(serverProgram);
        string remote = scheme + server.Address;
        ToolResult info = RealTool.Run(client, ["info", "-remote", remote]);
        Assert.True(info.ExitCode == 0, info.Error + server.Log);
        Assert.Equal(File.ReadAllText(_folder.Combine("ca.pem")).TrimEnd(), CertificateFields.Member(info.Output, "certificate"));
        ToolResult made = RealTool.Run(client, ["gencert", "-remote", remote, "-profile", "ca", "-"], """{"CN":"r","hosts":["r.example"]}""");
        Assert.True(made.ExitCode == 0, made.Error + server.Log);
        Assert.Contains("extension 2.5.29.19 critical=True 30030101FF", CertificateFields.Of(CertificateFields.Member(made.Output, "cert")));
        ToolResult signed = RealTool.Run(client, ["sign", "-remote", remote, "-hostname", "h.example,1.2.3.4", _folder.Combine("leaf.csr")]);
        Assert.True(signed.ExitCode == 0, signed.Error + server.Log);
        ToolResult refused = RealTool.Run(client, ["sign", "-remote", remote, "-profile", "a", _folder.Combine("leaf.csr")]);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("\"code\":7400", refused.Error, StringComparison.Ordinal);
        Assert.Contains("authentication required", refused.Error, StringComparison.Ordinal);
    }

    private RunningServer StartServer(string program) => RunningServer.Start(
        program,
        "serve",
        "-ca", _folder.Combine("ca.pem"),
        "-ca-key", _folder.Combine("ca-key.pem"),
        "-config", _folder.Combine("config.json"),
        "-responder", _folder.Combine("ca.pem"),
        "-responder-key", _folder.Combine("ca-key.pem"),
        "-db-config", CertificateDatabaseFile.Create(_folder, Path.GetFileName(Path.GetDirectoryName(program)!) + ".db"));

    private string WriteGuardedConfig()
    {
        Write("guarded.json", """
            {"signing":{"default":{"expiry":"10h","usages":["signing"],"auth_key":"k"}},
             "auth_keys":{"k":{"type":"standard","key":"0123456789ABCDEF"}}}
            """);
        return _folder.Combine("guarded.json");
    }

    // Status, content type and body, without what differs by nature.
    private async Task<string> CallAsync(RunningServer server, string endpoint, string? body)
    {
        var url = new Uri($"http://{server.Address}/api/v1/cfssl/{endpoint}");
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        using var content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = content is null ? await _http.GetAsync(url, cancellation) : await _http.PostAsync(url, content, cancellation);
        string text = await response.Content.ReadAsStringAsync(cancellation);
        return $"{(int)response.StatusCode} {response.Content.Headers.ContentType} {response.Headers.Contains("X-Content-Type-Options")} {Normalize(text)}";
    }

    private static string Normalize(string text)
    {
        if (!text.StartsWith('{'))
            return text;
        JsonNode envelope = JsonNode.Parse(text)!;
        if (envelope["result"] is JsonObject result)
        {
            foreach (string name in new[] { "certificate", "certificate_request", "private_key" })
            {
                if (result[name] is JsonValue pem)
                {
                    string value = pem.GetValue<string>();
                    result[name] = name == "certificate"
                        ? string.Join('|', CertificateFields.Of(value, hasOwnKey: true)) : value.Split('\n')[0];
                }
            }
            // Compat: the original of the package has two of the three sums, and drops zeros from key identifiers.
            foreach ((string _, JsonNode? sum) in result["sums"] as JsonObject ?? [])
            {
                foreach ((string kind, JsonNode? _) in sum!.AsObject().ToArray())
                    sum[kind] = "";
                sum.AsObject().Remove("sha-256");
            }
            result.Remove("authority_key_id");
            result.Remove("subject_key_id");
        }
        return envelope.ToJsonString() + (text.EndsWith('\n') ? "$" : "");
    }

    private void MakePair(string name, string json, string config)
    {
        string[] arguments = ["gencert", "-ca", _folder.Combine("ca.pem"), "-ca-key", _folder.Combine("ca-key.pem"), "-config", config, "-"];
        string output = OurTool.CfsslWithInput(json, arguments).Succeeded().Output;
        Write(name + ".pem", CertificateFields.Member(output, "cert"));
        Write(name + "-key.pem", CertificateFields.Member(output, "key"));
    }

    private string[] Identity(string name) =>
        ["-mutual-tls-client-cert", _folder.Combine(name + ".pem"), "-mutual-tls-client-key", _folder.Combine(name + "-key.pem")];

    private static string Json(params string[] members)
    {
        var json = new JsonObject();
        for (int i = 0; i < members.Length; i += 2)
            json[members[i]] = members[i + 1];
        return json.ToJsonString();
    }

    private void Write(string name, string text) => File.WriteAllText(_folder.Combine(name), text);
}
