using Etcd.Client;
using Etcd.Protocol.Kv;
using Etcd.Protocol.Rpc;
using Etcdctl.Cli;
using Etcdctl.Globals;
using Google.Protobuf;

namespace Etcdctl.Commands;

/// <summary><c>make-mirror</c>: copies keys to another cluster and then every change, until something goes wrong.</summary>
internal static class MakeMirrorCommand
{
    private const int KeysPerRead = 1000;
    private static readonly TimeSpan s_reportEvery = TimeSpan.FromSeconds(30);

    public static Command Create() => new Command
    {
        Use = "make-mirror [options] <destination>",
        Short = "Makes a mirror at the destination etcd cluster",
        Group = CommandGroup.Utility,
        Run = RunAsync,
    }.With(
        Flag.Text("prefix", "", "Key-value prefix to mirror"),
        Flag.Number("rev", 0, "Specify the kv revision to start to mirror", "int"),
        Flag.Text("dest-prefix", "", "destination prefix to mirror a prefix to a different prefix in the destination cluster"),
        Flag.Bool("no-dest-prefix", value: false, "mirror key-values to the root of the destination cluster"),
        Flag.Text("dest-cert", "", "Identify secure client using this TLS certificate file for the destination cluster"),
        Flag.Text("dest-key", "", "Identify secure client using this TLS key file"),
        Flag.Text("dest-cacert", "", "Verify certificates of TLS enabled secure servers using this CA bundle"),
        Flag.Bool("dest-insecure-transport", value: true, "Disable transport security for client connections"),
        Flag.Text("dest-user", "", "Destination username[:password] for authentication (prompt if password is not supplied)"),
        Flag.Text("dest-password", "", "Destination password for authentication (if this option is used, --user option shouldn't include password)"),
        Flag.Number("max-txn-ops", 128, "Maximum number of operations permitted in a transaction during syncing updates.", "uint"));

    private static async Task RunAsync(Invocation invocation)
    {
        if (invocation.Arguments.Count != 1)
            throw Invocation.BadArguments("make-mirror takes one destination argument");
        FlagSet flags = invocation.Flags;
        if (flags.IsOn("no-dest-prefix") && flags.Text("dest-prefix").Length > 0)
            throw Invocation.BadArguments("`--dest-prefix` and `--no-dest-prefix` cannot be set at the same time, choose one");
        EtcdClient destination = await invocation.ConnectAsync(Destination(invocation));
        EtcdClient source = await invocation.ConnectAsync();
        var mirror = new Mirror(source, destination, flags);
        using var reporting = CancellationTokenSource.CreateLinkedTokenSource(invocation.Interrupted);
        Task reports = ReportAsync(mirror, invocation.Terminal, reporting.Token);
        try
        {
            long revision = flags.Number("rev");
            if (revision <= 0)
                revision = await mirror.CopyAllAsync(invocation.Interrupted) + 1;
            await mirror.FollowAsync(revision, invocation.Interrupted);
        }
        finally
        {
            await reporting.CancelAsync();
            await reports;
        }
    }

    private static ClientSettings Destination(Invocation invocation)
    {
        FlagSet flags = invocation.Flags;
        string user = flags.Text("dest-user");
        return ClientSettings.WithoutCredentials(invocation) with
        {
            Endpoints = [invocation.Arguments[0]],
            Tls = new TlsFiles(flags.Text("dest-cert"), flags.Text("dest-key"), flags.Text("dest-cacert"), "",
                flags.IsOn("dest-insecure-transport"), SkipsVerification: false),
            AuthToken = null,
            Credentials = user.Length == 0 ? null
                : ClientSettings.Credential(user, flags.Text("dest-password"), "Destination Password: ", invocation.Terminal),
        };
    }

    private static async Task ReportAsync(Mirror mirror, Terminal terminal, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(s_reportEvery);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                terminal.Out.WriteLine($"{mirror.KeysWritten}");
                terminal.Out.Flush();
            }
        }
        catch (OperationCanceledException)
        {
            // Mirroring has ended.
        }
    }

    private sealed class Mirror(EtcdClient source, EtcdClient destination, FlagSet flags)
    {
        private readonly ByteString _prefix = KvRequests.Bytes(flags.Text("prefix"));
        private readonly ByteString _newPrefix = KvRequests.Bytes(
            flags.IsOn("no-dest-prefix") ? "" : flags.Text("dest-prefix").Length > 0 ? flags.Text("dest-prefix") : flags.Text("prefix"));
        private readonly int _operationsPerTxn = (int)Math.Max(1, flags.Number("max-txn-ops"));
        private long _keysWritten;

        public long KeysWritten => Volatile.Read(ref _keysWritten);

        /// <summary>Copies what is there now.</summary>
        /// <returns>The revision of that state.</returns>
        public async Task<long> CopyAllAsync(CancellationToken cancellationToken)
        {
            KeyRange range = KeyRange.Prefix(_prefix);
            ByteString next = range.Key;
            long revision = 0;
            while (true)
            {
                RangeResponse page = await source.Kv.RangeAsync(
                    new RangeRequest { Key = next, RangeEnd = range.End, Limit = KeysPerRead, Revision = revision }, cancellationToken);
                if (revision == 0)
                    revision = page.Header.Revision;
                foreach (KeyValue pair in page.Kvs)
                {
                    await destination.Kv.PutAsync(new PutRequest { Key = Renamed(pair.Key), Value = pair.Value }, cancellationToken);
                    Interlocked.Increment(ref _keysWritten);
                }
                if (!page.More)
                    return revision;
                next = UnsafeByteOperations.UnsafeWrap((byte[])[.. page.Kvs[^1].Key.Span, 0]);
            }
        }

        /// <summary>Copies changes as they come, those of one revision in one transaction.</summary>
        public async Task FollowAsync(long revision, CancellationToken cancellationToken)
        {
            var options = new WatchOptions { StartRevision = revision };
            await foreach (WatchResponse response in source.Watch.WatchAsync(KeyRange.Prefix(_prefix), options, cancellationToken))
            {
                List<RequestOp> operations = [];
                long last = 0;
                foreach (Event change in response.Events)
                {
                    if (operations.Count == _operationsPerTxn || (last != 0 && change.Kv.ModRevision > last))
                        await CommitAsync(operations, cancellationToken);
                    last = change.Kv.ModRevision;
                    operations.Add(change.Type == Event.Types.EventType.Put
                        ? Operation.Put(Renamed(change.Kv.Key), change.Kv.Value)
                        : Operation.Delete(KeyRange.One(Renamed(change.Kv.Key))));
                    Interlocked.Increment(ref _keysWritten);
                }
                if (operations.Count > 0)
                    await CommitAsync(operations, cancellationToken);
            }
        }

        private async Task CommitAsync(List<RequestOp> operations, CancellationToken cancellationToken)
        {
            await destination.Kv.TxnAsync(new TxnRequest { Success = { operations } }, cancellationToken);
            operations.Clear();
        }

        private ByteString Renamed(ByteString key) => UnsafeByteOperations.UnsafeWrap((byte[])[.. _newPrefix.Span, .. key.Span[_prefix.Length..]]);
    }
}
