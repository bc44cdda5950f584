using System.Diagnostics;
using Etcd.Client;
using Etcd.Foundation.Logging;
using Etcd.Protocol.Rpc;
using Etcdctl.Cli;
using Etcdctl.Globals;
using Etcdctl.Text;

namespace Etcdctl.Commands;

/// <summary><c>snapshot save</c>; the commands about saved files are etcdutl's.</summary>
internal static class SnapshotCommands
{
    // Bytes of SHA-256 at the end, which is what makes a file of 512-byte pages recognisable as a snapshot.
    private const int ChecksumBytes = 32;
    private const int PageBytes = 512;

    public static Command Create() => new Command
    {
        Use = "snapshot <subcommand>",
        Short = "Manages etcd node snapshots",
        Group = CommandGroup.Maintenance,
    }.Add(
        new Command
        {
            Use = "save <filename>",
            Short = "Stores an etcd node backend snapshot to a given file",
            Run = SaveAsync,
            CleansUp = true,
        },
        Moved("restore"),
        Moved("status"));

    // Since 3.6 these live in etcdutl; a hint helps more than the help text that Go prints.
    private static Command Moved(string name) => new()
    {
        Use = name,
        Short = "",
        IsHidden = true,
        Run = _ => throw Invocation.BadArguments($"`etcdctl snapshot {name}` is gone since etcd 3.6, use `etcdutl snapshot {name}` instead"),
    };

    private static async Task SaveAsync(Invocation invocation)
    {
        if (invocation.Arguments.Count != 1)
            throw Invocation.BadArguments("snapshot save expects one argument");
        string path = invocation.Arguments[0];
        ClientSettings settings = ClientSettings.From(invocation);
        if (settings.Endpoints.Count != 1)
        {
            throw new ExitException(ExitCode.Interrupted,
                $"snapshot must be requested to one selected node, not multiple [{string.Join(' ', settings.Endpoints)}]");
        }
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(invocation.Interrupted);
        if (invocation.Globals.IsChanged("command-timeout"))
            limit.CancelAfter(invocation.Globals.Duration("command-timeout"));
        EtcdClient client = await invocation.ConnectAsync(settings);
        string version;
        try
        {
            version = await DownloadAsync(client, path, settings.Endpoints[0], ClientLog.For(invocation.Terminal), limit.Token);
        }
        catch (OperationCanceledException) when (!invocation.Interrupted.IsCancellationRequested)
        {
            throw new ExitException(ExitCode.Interrupted, "context deadline exceeded");
        }
        catch (EtcdClientException refused)
        {
            throw new ExitException(ExitCode.Interrupted, refused.Message);
        }
        invocation.Terminal.Out.WriteLine($"Snapshot saved at {path}");
        if (version.Length > 0)
            invocation.Terminal.Out.WriteLine($"Server version {version}");
    }

    /// <summary>Writes <c>path.part</c>, syncs it and gives it its name: no half snapshot is ever called a snapshot.</summary>
    /// <returns>The storage version the server named, or nothing.</returns>
    private static async Task<string> DownloadAsync(EtcdClient client, string path, string endpoint, Logger log, CancellationToken cancellationToken)
    {
        string part = path + ".part";
        string version = "";
        long started = Stopwatch.GetTimestamp();
        await using FileStream file = Create(part);
        try
        {
            log.Info("created temporary db file", ("path", part));
            log.Info("fetching snapshot", ("endpoint", endpoint));
            await foreach (SnapshotResponse piece in client.Maintenance.SnapshotAsync(cancellationToken))
            {
                await file.WriteAsync(piece.Blob.Memory, cancellationToken);
                version = piece.Version;
            }
            if (file.Length % PageBytes != ChecksumBytes)
                throw new ExitException(ExitCode.Interrupted, $"sha256 checksum not found [bytes: {file.Length}]");
            file.Flush(flushToDisk: true);
            log.Info("fetched snapshot", ("endpoint", endpoint), ("size", ByteCount.Format((ulong)file.Length)),
                ("took", Stopwatch.GetElapsedTime(started)), ("etcd-version", version));
        }
        catch
        {
            file.Close();
            File.Delete(part);
            throw;
        }
        file.Close();
        Rename(part, path);
        log.Info("saved", ("path", path));
        return version;
    }

    private static FileStream Create(string part)
    {
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Options = FileOptions.Asynchronous };
            // The whole database is in there, secrets included.
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            return new FileStream(part, options);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new ExitException(ExitCode.Interrupted, $"could not open {part} ({FileProblem.Describe("open", part, problem)})");
        }
    }

    private static void Rename(string part, string path)
    {
        try
        {
            File.Move(part, path, overwrite: true);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new ExitException(ExitCode.Interrupted, $"could not rename {part} to {path} ({problem.Message})");
        }
    }
}
