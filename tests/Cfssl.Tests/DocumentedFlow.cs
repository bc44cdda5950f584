using Etcd.TestKit;

namespace Cfssl.Tests;

/// <summary>Runs the certificate set-up of the user's documents as they type it, with any mix of programs, each mix once.</summary>
public sealed class DocumentedFlow : IDisposable
{
    private const string Names = """[{"C":"CN","ST":"ShenZhen","L":"ShenZhen","O":"k8s","OU":"system"}]""";
    private const string Hosts = """["127.0.0.1","192.168.220.101","192.168.220.102","192.168.220.103"]""";

    private const string Flow = """
        set -e -o pipefail
        umask 022
        $CFSSL print-defaults csr > example.json
        $CFSSL gencert -initca csr.json | $CFSSLJSON -bare ca -
        $CFSSL gencert -ca=ca.pem -ca-key=ca-key.pem -config=config.json -profile=server server.json | $CFSSLJSON -bare server
        $CFSSL gencert -ca=ca.pem -ca-key=ca-key.pem -config=config.json -profile=client client.json |  $CFSSLJSON -bare client
        $CFSSL gencert -ca=ca.pem -ca-key=ca-key.pem -config=config.json -profile=peer member.json |  $CFSSLJSON -bare member
        for name in server client member; do $CFSSLINFO -cert $name.pem > $name.info; done
        """;

    private readonly TempDirectory _root = new();
    private readonly Dictionary<string, string> _folders = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    /// <summary>The folder in which our programs alone made everything.</summary>
    public string Ours => Run("ours", OurTool.PathOf("cfssl"), OurTool.PathOf("cfssljson"), OurTool.PathOf("cfssl-certinfo"));

    public void Dispose() => _root.Dispose();

    /// <summary>The folder of a mix; its log lies beside it, with the ending <c>.log</c>.</summary>
    public string Run(string name, string cfssl, string cfssljson, string certinfo)
    {
        lock (_lock)
        {
            if (!_folders.TryGetValue(name, out string? folder))
                _folders.Add(name, folder = RunNew(name, cfssl, cfssljson, certinfo));
            return folder;
        }
    }

    private string RunNew(string name, string cfssl, string cfssljson, string certinfo)
    {
        string folder = Directory.CreateDirectory(_root.Combine(name)).FullName;
        File.WriteAllText(Path.Combine(folder, "csr.json"), $$"""{"CN":"K8S CA","key":{"algo":"rsa","size":2048},"names":{{Names}}}""");
        File.WriteAllText(Path.Combine(folder, "config.json"), """
            {"signing":{"default":{"expiry":"43800h"},"profiles":{
              "server":{"expiry":"43800h","usages":["signing","key encipherment","server auth"]},
              "client":{"expiry":"43800h","usages":["signing","key encipherment","client auth"]},
              "peer":{"expiry":"43800h","usages":["signing","key encipherment","server auth","client auth"]}}}}
            """);
        foreach ((string file, string algorithm, int bits) in new[] { ("server", "ecdsa", 256), ("client", "rsa", 2048), ("member", "rsa", 2048) })
        {
            File.WriteAllText(
                Path.Combine(folder, file + ".json"),
                $$"""{"CN":"{{file}}","hosts":{{Hosts}},"key":{"algo":"{{algorithm}}","size":{{bits}}},"names":{{Names}}}""");
        }
        var programs = new Dictionary<string, string>(StringComparer.Ordinal) { ["CFSSL"] = cfssl, ["CFSSLJSON"] = cfssljson, ["CFSSLINFO"] = certinfo };
        ToolResult result = RealTool.Run("/bin/bash", ["-c", Flow], directory: folder, environment: programs).Succeeded();
        File.WriteAllText(_root.Combine(name + ".log"), StderrLines.Of(result.Error));
        return folder;
    }
}
