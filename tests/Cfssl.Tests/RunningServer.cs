using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Etcd.TestKit;

namespace Cfssl.Tests;

/// <summary>A cfssl server, ours or the original, that was started for one test.</summary>
internal sealed class RunningServer : IDisposable
{
    private const string ListeningMark = "Now listening";

    private static readonly TimeSpan s_startLimit = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _log = new();

    private RunningServer(Process process) => _process = process;

    public int Port { get; private set; }

    public string Address => $"127.0.0.1:{Port}";

    public string Log => string.Join('\n', _log);

    /// <summary>Starts <c>program command -port P arguments</c> and waits until it listens.</summary>
    /// <remarks>Ours lets the kernel choose the port. The original cannot tell which it got, so it is given one that was free a moment ago.</remarks>
    public static RunningServer Start(string program, string command, params string[] arguments)
    {
        bool isOurs = program == OurTool.PathOf("cfssl") || program.EndsWith(".sh", StringComparison.Ordinal);
        for (int attempt = 0; ; attempt++)
        {
            int port = isOurs ? 0 : FreePort();
            RunningServer server = Launch(program, [command, "-port", port.ToString(), .. arguments]);
            if (server.WaitUntilListening(port))
                return server;
            string log = server.Log;
            server.Dispose();
            if (attempt >= 3 || !log.Contains("address already in use", StringComparison.Ordinal))
                throw new InvalidOperationException($"{program} {command} did not start:\n{log}");
        }
    }

    /// <summary>Asks the server to stop, as a service manager does.</summary>
    /// <returns>Its exit code.</returns>
    public int Terminate()
    {
        RealTool.Run("/bin/kill", ["-TERM", _process.Id.ToString()]).Succeeded();
        Assert.True(_process.WaitForExit(s_startLimit), "the server did not stop on SIGTERM");
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private static RunningServer Launch(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        var server = new RunningServer(new Process { StartInfo = start });
        server._process.ErrorDataReceived += (_, line) => server._log.Enqueue(line.Data ?? "");
        server._process.OutputDataReceived += static (_, _) => { };
        server._process.Start();
        server._process.BeginErrorReadLine();
        server._process.BeginOutputReadLine();
        return server;
    }

    private bool WaitUntilListening(int port)
    {
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < s_startLimit && !_process.HasExited)
        {
            string? line = _log.FirstOrDefault(static line => line.Contains(ListeningMark, StringComparison.Ordinal));
            if (line is not null)
            {
                Port = port != 0 ? port : int.Parse(line.AsSpan(line.LastIndexOf(':') + 1));
                if (IsAccepting())
                    return true;
            }
            Thread.Sleep(20); // Polls another process; there is nothing to wait on.
        }
        return false;
    }

    private bool IsAccepting()
    {
        try
        {
            using var probe = new TcpClient();
            probe.Connect(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false; // The original announces itself a moment before it listens.
        }
    }
}
