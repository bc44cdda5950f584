using Etcd.TestKit;
using Interop.Servers;

namespace Interop;

/// <summary>Clients that others wrote in other languages do all that their documentation promises.</summary>
public sealed class LanguageClientTests : IDisposable
{
    private readonly TempDirectory _folder = new();

    [Fact]
    public void PythonEtcd3_DocumentedFeatures_Work()
    {
        // Debian's package belongs to Debian's python, which need not be the first on PATH.
        const string python = "/usr/bin/python3";
        if (!File.Exists(python) || RealTool.Run(python, ["-c", "import etcd3"]).ExitCode != 0)
            _ = RealTool.Require("python3-etcd3", "python3-etcd3");
        RunFeatures(python, "python/features.py");
    }

    [Fact]
    public void NodeEtcd3_DocumentedFeatures_Work()
    {
        string node = RealTool.Require("node", "nodejs");
        if (!Directory.Exists(Script("node/node_modules")))
            _ = RealTool.Require("the npm package etcd3", "none: run npm ci in tests/Interop/node");
        RunFeatures(node, "node/features.js");
    }

    public void Dispose() => _folder.Dispose();

    private void RunFeatures(string interpreter, string script)
    {
        using EtcdProcess server = EtcdProcess.StartNew(_folder);
        ToolResult result = RealTool.Run(interpreter, [Script(script), server.ClientPort.ToString()]);
        Assert.True(
            result.ExitCode == 0 && result.Output.EndsWith("done\n", StringComparison.Ordinal),
            $"{script} ended with {result.ExitCode} after\n{result.Output}\n{result.Error}\nThe server said:\n{server.Log}");
    }

    private static string Script(string name) => Path.Combine(Golden.Root, "..", "Interop", name);
}
