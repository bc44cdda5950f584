using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Etcd.TestKit;

namespace Etcdctl.Tests.Pki;

/// <summary>Three Debian etcd servers on 127.0.0.1 to 127.0.0.3, started from what <c>pki up --in-place</c> wrote.</summary>
internal sealed class SecureCluster : IAsyncDisposable
{
    private static readonly string[] s_names = ["a", "b", "c"];
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private readonly TempDirectory _folder = new();
    private readonly Dictionary<string, Process> _members = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StringBuilder> _logs = s_names.ToDictionary(static name => name, static _ => new StringBuilder(), StringComparer.Ordinal);

    public string Folder => _folder.Path;

    public int ClientPort { get; private set; }

    public string Endpoints => string.Join(',', Enumerable.Range(1, 3).Select(i => $"https://127.0.0.{i}:{ClientPort}"));

    /// <summary>The <c>Next:</c> commands that the set-up printed.</summary>
    public IReadOnlyList<string> NextCommands { get; private set; } = [];

    public string Logs
    {
        get
        {
            lock (_logs)
                return string.Join('\n', _logs.Select(static log => $"--- {log.Key}\n{log.Value}"));
        }
    }

    public static async Task<SecureCluster> StartAsync()
    {
        var cluster = new SecureCluster { ClientPort = FreePort() };
        ToolResult up = await Tool.RunAsync(
            "pki", "up", "--members", "a=127.0.0.1,b=127.0.0.2,c=127.0.0.3", "--out", cluster.Folder, "--in-place",
            "--client-port", cluster.ClientPort.ToString(), "--peer-port", FreePort().ToString());
        Assert.True(up.Code == 0, up.Error);
        cluster.NextCommands = [.. up.Output.Split("Next:\n")[1].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => line.Trim())];
        foreach (string name in s_names)
            cluster.Launch(name);
        foreach (string name in s_names)
            await cluster.WaitUntilServingAsync(name);
        return cluster;
    }

    public string P(string path) => Path.Combine(Folder, path);

    /// <summary>Runs Debian's etcdctl with the client certificate of the set-up.</summary>
    public Etcd.TestKit.ToolResult Etcdctl(params string[] arguments) => RealTool.Run(
        RealTool.Require("etcdctl", "etcd-client"),
        ["--endpoints", Endpoints, "--cacert", P("client/ca.pem"), "--cert", P("client/client.pem"), "--key", P("client/client-key.pem"), .. arguments],
        environment: new Dictionary<string, string>(StringComparer.Ordinal) { ["ETCDCTL_API"] = "3" });

    /// <summary>Restarts the members one after the other, as the rotation asks for.</summary>
    public async Task RollAsync()
    {
        foreach (string name in s_names)
        {
            RealTool.Run("/bin/kill", ["-TERM", _members[name].Id.ToString()]).Succeeded();
            await _members[name].WaitForExitAsync(TestContext.Current.CancellationToken);
            _members[name].Dispose();
            lock (_logs)
                _logs[name].Clear();
            Launch(name);
            await WaitUntilServingAsync(name);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Process member in _members.Values)
        {
            if (!member.HasExited)
                member.Kill();
            await member.WaitForExitAsync();
            member.Dispose();
        }
        _folder.Dispose();
    }

    private void Launch(string name)
    {
        var start = new ProcessStartInfo(RealTool.Require("etcd", "etcd-server"), ["--config-file", P($"{name}/etcd.yaml")])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        foreach (string variable in start.Environment.Keys.Where(static key => key.StartsWith("ETCD", StringComparison.Ordinal)).ToArray())
            start.Environment.Remove(variable);
        Process process = Process.Start(start)!;
        process.ErrorDataReceived += Collect;
        process.OutputDataReceived += Collect;
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        _members[name] = process;

        void Collect(object sender, DataReceivedEventArgs line)
        {
            lock (_logs)
                _logs[name].AppendLine(line.Data);
        }
    }

    private async Task WaitUntilServingAsync(string name)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            lock (_logs)
            {
                if (_logs[name].ToString().Contains("ready to serve client requests", StringComparison.Ordinal))
                    return;
            }
            Assert.True(!_members[name].HasExited && watch.Elapsed < s_limit, Logs);
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Any, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
