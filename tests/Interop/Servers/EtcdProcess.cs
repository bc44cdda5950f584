using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Etcd.TestKit;

namespace Interop.Servers;

/// <summary>One server process on ports of its own and a data directory that outlives its restarts.</summary>
internal sealed partial class EtcdProcess : IDisposable
{
    private const int SignalTerminate = 15;
    private static readonly TimeSpan s_startLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_stopLimit = TimeSpan.FromSeconds(30);

    private readonly StringBuilder _log = new();
    private Process? _process;
    private int _runStart;

    /// <param name="program">See <see cref="EtcdProgram"/>.</param>
    /// <param name="dataDirectory">Created by the server if it is missing; stays the caller's.</param>
    /// <param name="name">The member's name.</param>
    /// <param name="flags">Further flags.</param>
    public EtcdProcess(string program, string dataDirectory, string name = "default", params string[] flags)
    {
        (Program, DataDirectory) = (program, dataDirectory);
        ClientPort = Sockets.FreePort();
        PeerPort = Sockets.FreePort();
        Flags =
        [
            "--name", name,
            "--data-dir", dataDirectory,
            "--listen-client-urls", $"http://127.0.0.1:{ClientPort}",
            "--advertise-client-urls", $"http://127.0.0.1:{ClientPort}",
            "--listen-peer-urls", $"http://127.0.0.1:{PeerPort}",
            "--initial-advertise-peer-urls", $"http://127.0.0.1:{PeerPort}",
            "--initial-cluster", $"{name}=http://127.0.0.1:{PeerPort}",
            .. program == EtcdProgram.Ours && !EtcdProgram.IsOverridden ? Array.Empty<string>() : ["--logger", "zap"],
            .. flags,
        ];
    }

    public string Program { get; }

    public string DataDirectory { get; }

    public int ClientPort { get; }

    public int PeerPort { get; }

    public IReadOnlyList<string> Flags { get; }

    public string Endpoint => $"127.0.0.1:{ClientPort}";

    /// <summary>All that its runs wrote so far, outputs and errors together.</summary>
    public string Log
    {
        get
        {
            lock (_log)
                return _log.ToString();
        }
    }

    /// <summary>Debian's client, pointed at this server.</summary>
    public Etcdctl Ctl => new(Endpoint);

    /// <summary>Starts a server with a fresh data directory.</summary>
    public static EtcdProcess StartNew(TempDirectory folder, string? program = null, params string[] flags)
    {
        var server = new EtcdProcess(program ?? EtcdProgram.Ours, folder.Combine(Guid.NewGuid().ToString("N")), "default", flags);
        server.Start();
        return server;
    }

    /// <summary>Starts the process and waits until that very process serves clients.</summary>
    /// <exception cref="InvalidOperationException">It ended or did not serve in time; the message has its log.</exception>
    public void Start()
    {
        Launch();
        long started = Stopwatch.GetTimestamp();
        while (!IsServing())
        {
            if (_process!.HasExited)
                throw new InvalidOperationException($"{Program} ended with {_process.ExitCode}\n{Log}");
            if (Stopwatch.GetElapsedTime(started) > s_startLimit)
                throw new InvalidOperationException($"{Program} does not serve\n{Log}");
            Thread.Sleep(10);
        }
    }

    /// <summary>Starts the process and waits for its end, for starts that must fail.</summary>
    /// <returns>Its exit code.</returns>
    public int RunToEnd()
    {
        Launch();
        if (!_process!.WaitForExit(s_startLimit))
            throw new InvalidOperationException($"{Program} runs although it should refuse\n{Log}");
        _process.WaitForExit(); // Once more without a limit: only that waits for the rest of its output.
        return _process.ExitCode;
    }

    /// <summary>SIGTERM, and waits for the end.</summary>
    public int Stop()
    {
        _ = Signal(_process!.Id, SignalTerminate);
        if (!_process.WaitForExit(s_stopLimit))
            throw new InvalidOperationException($"{Program} does not stop\n{Log}");
        _process.WaitForExit();
        int exitCode = _process.ExitCode;
        _process.Dispose();
        _process = null;
        return exitCode;
    }

    /// <summary>SIGKILL: nothing of the process runs after this returns.</summary>
    public void Kill()
    {
        _process!.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _process = null;
    }

    public void Dispose()
    {
        if (_process is not null)
            Kill();
    }

    /// <summary>The last of both servers' lines before clients are served, and proof that it is this very process that serves them.</summary>
    private bool IsServing() =>
        CurrentRunLog().Contains("serving client traffic", StringComparison.Ordinal) && Sockets.Listens(_process!.Id, ClientPort);

    private string CurrentRunLog()
    {
        lock (_log)
            return _log.ToString(_runStart, _log.Length - _runStart);
    }

    private void Launch()
    {
        lock (_log)
            _runStart = _log.Length;
        var start = new ProcessStartInfo(Program, Flags) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (string inherited in start.Environment.Keys.Where(static key => key.StartsWith("ETCD", StringComparison.Ordinal)).ToArray())
            start.Environment.Remove(inherited);
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Append(line.Data);
        _process.ErrorDataReceived += (_, line) => Append(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    private void Append(string? line)
    {
        if (line is null)
            return;
        lock (_log)
            _log.Append(line).Append('\n');
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int processId, int signal);
}
