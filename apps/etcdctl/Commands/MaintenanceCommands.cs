using System.Diagnostics;
using Etcd.Client;
using Etcd.Foundation;
using Etcd.Protocol.Rpc;
using Etcdctl.Cli;
using Etcdctl.Globals;
using Etcdctl.Text;
using DowngradeAction = Etcd.Protocol.Rpc.DowngradeRequest.Types.DowngradeAction;

namespace Etcdctl.Commands;

/// <summary><c>alarm</c>, <c>defrag</c>, <c>move-leader</c> and <c>downgrade</c>.</summary>
internal static class MaintenanceCommands
{
    public static Command[] All() =>
    [
        new Command
        {
            Use = "alarm <subcommand>",
            Short = "Alarm related commands. Use `etcdctl alarm --help` to see subcommands",
            Long = "Alarm related commands",
            Group = CommandGroup.Maintenance,
        }.Add(
            new Command { Use = "disarm", Short = "Disarms all alarms", Run = AlarmDisarmAsync },
            new Command { Use = "list", Short = "Lists all alarms", Run = AlarmListAsync }),
        new Command
        {
            Use = "defrag",
            Short = "Defragments the storage of the etcd members with given endpoints",
            Group = CommandGroup.Maintenance,
            Run = DefragAsync,
        }.WithPersistent(Flag.Bool("cluster", value: false, "use all endpoints from the cluster member list")),
        new Command
        {
            Use = "move-leader <transferee-member-id>",
            Short = "Transfers leadership to another etcd cluster member.",
            Group = CommandGroup.Maintenance,
            Run = MoveLeaderAsync,
        },
        new Command
        {
            Use = "downgrade <TARGET_VERSION>",
            Short = "Downgrade related commands. Use `etcdctl downgrade --help` to see subcommands",
            Long = "Downgrade related commands",
            Group = CommandGroup.Maintenance,
        }.Add(
            new Command
            {
                Use = "validate <TARGET_VERSION>",
                Short = "Validate downgrade capability before starting downgrade",
                Run = invocation => DowngradeAsync(invocation, "validate", DowngradeAction.Validate, hasVersion: true),
            },
            new Command
            {
                Use = "enable <TARGET_VERSION>",
                Short = "Start a downgrade action to cluster",
                Run = invocation => DowngradeAsync(invocation, "enable", DowngradeAction.Enable, hasVersion: true),
            },
            new Command
            {
                Use = "cancel",
                Short = "Cancel the ongoing downgrade action to cluster",
                Run = invocation => DowngradeAsync(invocation, "cancel", DowngradeAction.Cancel, hasVersion: false),
            }),
    ];

    /// <summary>Defragments members one after the other and prints how it went.</summary>
    /// <returns>False if one of them failed.</returns>
    public static async Task<bool> DefragAsync(EtcdClient client, IReadOnlyList<string> endpoints, Terminal terminal, CancellationToken cancellationToken)
    {
        bool isFine = true;
        foreach (string endpoint in endpoints)
        {
            long started = Stopwatch.GetTimestamp();
            try
            {
                await client.Maintenance.DefragmentAsync(endpoint, cancellationToken);
                terminal.Out.WriteLine($"Finished defragmenting etcd member[{endpoint}]. took {GoDuration.Format(Stopwatch.GetElapsedTime(started))}");
            }
            catch (EtcdClientException problem)
            {
                terminal.Error.WriteLine(
                    $"Failed to defragment etcd member[{endpoint}]. took {GoDuration.Format(Stopwatch.GetElapsedTime(started))}. ({problem.Message})");
                isFine = false;
            }
            terminal.Out.Flush();
            terminal.Error.Flush();
        }
        return isFine;
    }

    private static async Task AlarmDisarmAsync(Invocation invocation)
    {
        if (invocation.Arguments.Count != 0)
            throw Invocation.BadArguments("alarm disarm command accepts no arguments");
        EtcdClient client = await invocation.ConnectAsync();
        invocation.Printer.Alarm(await client.Maintenance.AlarmDisarmAsync(memberId: 0, AlarmType.None, invocation.Interrupted));
    }

    private static async Task AlarmListAsync(Invocation invocation)
    {
        if (invocation.Arguments.Count != 0)
            throw Invocation.BadArguments("alarm list command accepts no arguments");
        EtcdClient client = await invocation.ConnectAsync();
        invocation.Printer.Alarm(await client.Maintenance.AlarmListAsync(invocation.Interrupted));
    }

    private static async Task DefragAsync(Invocation invocation)
    {
        IReadOnlyList<string> endpoints = await EndpointCommands.EndpointsAsync(invocation);
        EtcdClient client = await invocation.ConnectAsync();
        if (!await DefragAsync(client, endpoints, invocation.Terminal, invocation.Interrupted))
            invocation.ExitCode = ExitCode.Error;
    }

    private static async Task MoveLeaderAsync(Invocation invocation)
    {
        if (invocation.Arguments.Count != 1)
            throw Invocation.BadArguments("move-leader command needs 1 argument");
        if (!GoNumber.TryParseUnsignedHex(invocation.Arguments[0], out ulong target, out string problem))
            throw Invocation.BadArguments(problem);
        ClientSettings settings = ClientSettings.From(invocation);
        EtcdClient client = await invocation.ConnectAsync(settings);
        // Only the leader can hand leadership on, so it has to be among the endpoints.
        foreach (string endpoint in settings.Endpoints)
        {
            StatusResponse status = await client.Maintenance.StatusAsync(endpoint, invocation.Interrupted);
            if (status.Header.MemberId != status.Leader)
                continue;
            EtcdClient leader = await invocation.ConnectAsync(settings with { Endpoints = [endpoint] });
            invocation.Printer.MoveLeader(status.Leader, target, await leader.Maintenance.MoveLeaderAsync(target, invocation.Interrupted));
            return;
        }
        throw Invocation.BadArguments($"no leader endpoint given at [{string.Join(' ', settings.Endpoints)}]");
    }

    private static async Task DowngradeAsync(Invocation invocation, string name, DowngradeAction action, bool hasVersion)
    {
        if (hasVersion && invocation.Arguments.Count == 0)
            throw Invocation.BadArguments("TARGET_VERSION not provided");
        if (invocation.Arguments.Count > (hasVersion ? 1 : 0))
            throw Invocation.BadArguments("too many arguments");
        string version = hasVersion ? invocation.Arguments[0] : "";
        if (hasVersion && version.Length == 0)
            throw Invocation.BadArguments("target version not provided");
        EtcdClient client = await invocation.ConnectAsync();
        invocation.Printer.Downgrade(name, await client.Maintenance.DowngradeAsync(action, version, invocation.Interrupted));
    }
}
