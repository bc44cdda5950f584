using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Etcd.TestKit;

/// <summary>A real etcd server (Debian's, with one member) in a folder and on ports of its own.</summary>
public sealed class RealEtcd : IAsyncDisposable
{
    private const int Attempts = 5;
    private static readonly TimeSpan s_startLimit = TimeSpan.FromSeconds(30);

    private readonly TempDirectory _folder = new();
    private readonly string[] _extraArguments;
    private readonly StringBuilder _log = new();
    private Process? _process;

    private RealEtcd(int clientPort, int peerPort, string name, string[] extraArguments)
    {
        ClientPort = clientPort;
        PeerPort = peerPort;
        Name = name;
        _extraArguments = extraArguments;
    }

    public int ClientPort { get; }

    public int PeerPort { get; }

    /// <summary>The member's name, by which it is known to be the one that was started here.</summary>
    public string Name { get; }

    /// <summary><c>host:port</c> for clients.</summary>
    public string Endpoint => $"127.0.0.1:{ClientPort}";

    /// <summary>What the server has written since it was last started.</summary>
    public string Log
    {
        get
        {
            lock (_log)
                return _log.ToString();
        }
    }

    /// <summary>Starts a server and waits until it serves.</summary>
    /// <param name="extraArguments">Flags besides the usual ones; with <c>--cert-file</c> clients are served over TLS.</param>
    public static Task<RealEtcd> StartAsync(params string[] extraArguments) => StartAsync("member-" + Guid.NewGuid().ToString("N"), extraArguments);

    /// <summary>Starts a server with an empty database on the same ports and under the same name as one that has stopped: same ids.</summary>
    public static async Task<RealEtcd> StartLikeAsync(RealEtcd other)
    {
        var server = new RealEtcd(other.ClientPort, other.PeerPort, other.Name, other._extraArguments);
        if (await server.TryStartAsync())
            return server;
        await server.DisposeAsync();
        throw new InvalidOperationException("somebody took the ports: " + server.Log);
    }

    private static async Task<RealEtcd> StartAsync(string name, string[] extraArguments)
    {
        for (int attempt = 0; ; attempt++)
        {
            var server = new RealEtcd(FreePort(), FreePort(), name, extraArguments);
            if (await server.TryStartAsync())
                return server;
            await server.DisposeAsync();
            if (attempt == Attempts)
                throw new InvalidOperationException("etcd does not start: " + server.Log);
        }
    }

    /// <summary>Stops the server as an operator would; its data stays.</summary>
    public async Task StopAsync()
    {
        if (_process is null)
            return;
        if (!_process.HasExited)
        {
            using Process kill = Process.Start("/bin/kill", ["-TERM", _process.Id.ToString()]);
            await kill.WaitForExitAsync();
            await _process.WaitForExitAsync();
        }
        _process.Dispose();
        _process = null;
    }

    /// <summary>Starts it again on its data and ports.</summary>
    public async Task StartAgainAsync()
    {
        if (!await TryStartAsync())
            throw new InvalidOperationException("etcd does not start again: " + Log);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }
        _process?.Dispose();
        _folder.Dispose();
    }

    /// <returns>False if the process gave up, most likely because somebody else took a port meanwhile.</returns>
    private async Task<bool> TryStartAsync()
    {
        var start = new ProcessStartInfo(RealTool.Require("etcd", "etcd-server")) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        string peer = $"http://127.0.0.1:{PeerPort}";
        bool isTls = _extraArguments.Contains("--cert-file");
        string client = $"{(isTls ? "https" : "http")}://127.0.0.1:{ClientPort}";
        foreach (string argument in (string[])[
            "--name", Name, "--data-dir", _folder.Combine("data"), "--listen-client-urls", client, "--advertise-client-urls", client,
            "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", $"{Name}={peer}", "--logger", "zap", .. _extraArguments])
        {
            start.ArgumentList.Add(argument);
        }
        // The machine's own settings must not reach the server.
        foreach (string variable in start.Environment.Keys.Where(key => key.StartsWith("ETCD", StringComparison.Ordinal)).ToArray())
            start.Environment.Remove(variable);
        lock (_log)
            _log.Clear();
        _process = Process.Start(start)!;
        _process.OutputDataReceived += Collect;
        _process.ErrorDataReceived += Collect;
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();

        var waited = Stopwatch.StartNew();
        while (!_process.HasExited)
        {
            // It says so itself, in its own log: no other server can be mistaken for this one.
            string log = Log;
            if (log.Contains("serving client traffic", StringComparison.Ordinal) && log.Contains("enabled capabilities for version", StringComparison.Ordinal))
                return true;
            if (waited.Elapsed > s_startLimit)
                throw new TimeoutException("etcd did not become ready: " + Log);
            await Task.Delay(20);
        }
        return false;
    }

    private void Collect(object sender, DataReceivedEventArgs line)
    {
        lock (_log)
            _log.AppendLine(line.Data);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
