using System.Net.Security;
using Etcd.Client;
using Etcd.Protocol.Rpc;
using Etcdctl.Cli;
using Etcdctl.Globals;
using Etcdctl.Text;

namespace Etcdctl.Commands;

/// <summary><c>check perf</c> and <c>check datascale</c>: load the cluster and judge how it takes it.</summary>
internal static class CheckCommands
{
    private static readonly TimeSpan s_cleanUpLimit = TimeSpan.FromSeconds(30);

    public static Command Create() => new Command
    {
        Use = "check <subcommand>",
        Short = "commands for checking properties of the etcd cluster",
        Group = CommandGroup.Utility,
    }.Add(
        new Command { Use = "perf [options]", Short = "Check the performance of the etcd cluster", Run = PerfAsync, CleansUp = true }
            .With(
                Flag.Text("load", "s", "The performance check's workload model. Accepted workloads: s(small), m(medium), l(large), xl(xLarge)"),
                Flag.Text("prefix", "/etcdctl-check-perf/", "The prefix for writing the performance check's keys."),
                Flag.Bool("auto-compact", value: false, "Compact storage with last revision after test is finished."),
                Flag.Bool("auto-defrag", value: false, "Defragment storage after test is finished.")),
        new Command
        {
            Use = "datascale [options]",
            Short = "Check the memory usage of holding data for different workloads on a given server endpoint.",
            Long = "Without endpoints localhost is measured, with several the first one.",
            Run = DataScaleAsync,
            CleansUp = true,
        }.With(
            Flag.Text("load", "s", "The datascale check's workload model. Accepted workloads: s(small), m(medium), l(large), xl(xLarge)"),
            Flag.Text("prefix", "/etcdctl-check-datascale/", "The prefix for writing the datascale check's keys."),
            Flag.Bool("auto-compact", value: false, "Compact storage with last revision after test is finished."),
            Flag.Bool("auto-defrag", value: false, "Defragment storage after test is finished.")));

    private static async Task PerfAsync(Invocation invocation)
    {
        PerfLoad load = PerfLoad.Named(invocation.Flags.Text("load"));
        string prefix = invocation.Flags.Text("prefix");
        ClientSettings settings = ClientSettings.From(invocation) with { CommandTimeout = null };
        EtcdClient[] clients = await ConnectAsync(invocation, settings, load.Clients);
        await RefuseUsedPrefixAsync(invocation, clients[0], prefix, "'etcdctl del --prefix {0}'");

        using var running = CancellationTokenSource.CreateLinkedTokenSource(invocation.Interrupted);
        running.CancelAfter(load.Duration);
        var bar = new ProgressBar(invocation.Terminal.Out, (long)load.Duration.TotalSeconds);
        Task showing = bar.ShowSecondsAsync(running.Token);
        LoadResult result = await LoadGenerator.RunAsync(clients, prefix, keyBytes: 256, valueBytes: 1024, load.WritesPerSecond, total: null, onWrite: null, running.Token);
        await showing;

        await CleanUpAsync(invocation, clients[0], prefix);
        invocation.Terminal.Out.Write(result.PerfVerdict(load.WritesPerSecond, out bool isFine));
        if (!isFine)
            invocation.ExitCode = ExitCode.Error;
    }

    private static async Task DataScaleAsync(Invocation invocation)
    {
        DataScaleLoad load = DataScaleLoad.Named(invocation.Flags.Text("load"));
        string prefix = invocation.Flags.Text("prefix");
        ClientSettings settings = ClientSettings.From(invocation) with { CommandTimeout = null };
        EtcdClient[] clients = await ConnectAsync(invocation, settings, load.Clients);
        await RefuseUsedPrefixAsync(invocation, clients[0], prefix, "etcdctl del --prefix {0}");

        SslClientAuthenticationOptions? tls = settings.Tls.Load();
        double before = await MemoryOrFailAsync(settings.Endpoints[0], tls, "before", invocation);
        invocation.Terminal.Out.WriteLine(
            $"Start data scale check for work load [{load.Keys} key-value pairs, {DataScaleLoad.PairBytes} bytes per key-value, {load.Clients} concurrent clients].");
        var bar = new ProgressBar(invocation.Terminal.Out, load.Keys);
        LoadResult result = await LoadGenerator.RunAsync(clients, prefix, keyBytes: DataScaleLoad.PairBytes / 2, valueBytes: DataScaleLoad.PairBytes / 2,
            writesPerSecond: null, load.Keys, bar.Add, invocation.Interrupted);
        bar.Finish();
        double after = await MemoryOrFailAsync(settings.Endpoints[0], tls, "after", invocation);
        await CleanUpAsync(invocation, clients[0], prefix);
        if (result.Errors.Count > 0)
        {
            invocation.Terminal.Out.Write(result.ErrorLines());
            invocation.ExitCode = ExitCode.Error;
            return;
        }
        invocation.Terminal.Out.WriteLine($"PASS: Approximate system memory used : {(after - before) / (1024 * 1024):0.00} MB.");
    }

    private static async Task<EtcdClient[]> ConnectAsync(Invocation invocation, ClientSettings settings, int count)
    {
        var clients = new EtcdClient[count];
        for (int i = 0; i < count; i++)
            clients[i] = await invocation.ConnectAsync(settings);
        return clients;
    }

    private static async Task RefuseUsedPrefixAsync(Invocation invocation, EtcdClient client, string prefix, string remedy)
    {
        KeyRange range = KeyRange.Prefix(prefix);
        RangeResponse found = await client.Kv.RangeAsync(new RangeRequest { Key = range.Key, RangeEnd = range.End, Limit = 1 }, invocation.Interrupted);
        if (found.Kvs.Count > 0)
            throw new ExitException(ExitCode.InvalidInput, $"prefix {GoString.Quote(prefix)} has keys. Delete with {remedy.Replace("{0}", prefix, StringComparison.Ordinal)} first");
    }

    private static async Task CleanUpAsync(Invocation invocation, EtcdClient client, string prefix)
    {
        // Even an interrupted check leaves nothing behind.
        using var limit = new CancellationTokenSource(s_cleanUpLimit);
        try
        {
            DeleteRangeResponse deleted = await client.Kv.DeleteAsync(KeyRange.Prefix(prefix), limit.Token);
            if (invocation.Flags.IsOn("auto-compact"))
            {
                await client.Kv.CompactAsync(deleted.Header.Revision, isPhysical: true, limit.Token);
                invocation.Terminal.Out.WriteLine($"Compacting with revision {deleted.Header.Revision}\nCompacted with revision {deleted.Header.Revision}");
            }
        }
        catch (Exception problem) when (problem is EtcdClientException or OperationCanceledException)
        {
            invocation.Terminal.Out.WriteLine($"FAIL: Cleanup failed during key deletion: ERROR({problem.Message})");
            return;
        }
        if (invocation.Flags.IsOn("auto-defrag"))
            await MaintenanceCommands.DefragAsync(client, client.Endpoints, invocation.Terminal, CancellationToken.None);
    }

    private static async Task<double> MemoryOrFailAsync(string endpoint, SslClientAuthenticationOptions? tls, string when, Invocation invocation)
    {
        double bytes = await ServerMemory.ReadAsync(endpoint, tls, invocation.Interrupted);
        if (bytes == 0)
        {
            invocation.Terminal.Out.WriteLine($"FAIL: Could not read process_resident_memory_bytes {when} the put operations.");
            throw new ExitException(ExitCode.Error, "");
        }
        return bytes;
    }
}
