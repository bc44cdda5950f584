using System.Diagnostics;

namespace Etcd.Bolt.Tests;

/// <summary>Debian's etcd 3.4.23 on a data directory, on a port that the kernel chose.</summary>
internal sealed class RealEtcd : IDisposable
{
    private const string Server = "/usr/bin/etcd", Client = "/usr/bin/etcdctl";
    private const string Serving = "serving insecure client requests on ";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly List<string> _log = [];
    private readonly TaskCompletionSource<string> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public RealEtcd(string dataDirectory)
    {
        var start = new ProcessStartInfo(Server)
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            ArgumentList =
            {
                "--name", "m1", "--data-dir", dataDirectory, "--enable-v2",
                "--listen-client-urls", "http://127.0.0.1:0", "--advertise-client-urls", "http://127.0.0.1:1",
                "--listen-peer-urls", "http://127.0.0.1:0",
            },
        };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Note(line.Data);
        _process.ErrorDataReceived += (_, line) => Note(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        if (!_address.Task.Wait(s_patience))
            throw new InvalidOperationException("etcd does not serve:\n" + Log());
        Endpoint = _address.Task.Result;
    }

    public string Endpoint { get; }

    /// <summary>Skips the running test without the binaries, or fails it in CI, where they must be.</summary>
    public static void Require()
    {
        bool isThere = File.Exists(Server) && File.Exists(Client);
        if (!isThere && Environment.GetEnvironmentVariable("CI") == "true")
            Assert.Fail($"{Server} and {Client} must be installed in CI");
        Assert.SkipUnless(isThere, $"{Server} is not installed: nothing proves that Go reads our files");
    }

    /// <summary>Runs etcdctl against this server.</summary>
    public string Ctl(params string[] arguments) => RunCtl(["--endpoints", Endpoint, .. arguments]);

    /// <summary>Runs etcdctl without a server.</summary>
    public static string RunCtl(params string[] arguments)
    {
        var start = new ProcessStartInfo(Client, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["ETCDCTL_API"] = "3";
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"etcdctl {string.Join(' ', arguments)}: {errors.Result}");
        return output;
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private void Note(string? line)
    {
        if (line is null)
        {
            _address.TrySetException(new InvalidOperationException("etcd ended:\n" + Log()));
            return;
        }
        lock (_log)
            _log.Add(line);
        // "... serving insecure client requests on 127.0.0.1:39979, this is strongly discouraged!"
        int serving = line.IndexOf(Serving, StringComparison.Ordinal);
        if (serving >= 0)
            _address.TrySetResult(line[(serving + Serving.Length)..].Split(',')[0]);
    }

    private string Log()
    {
        lock (_log)
            return string.Join('\n', _log);
    }
}
