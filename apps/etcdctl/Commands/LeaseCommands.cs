using Etcd.Client;
using Etcd.Protocol.Rpc;
using Etcdctl.Cli;
using Etcdctl.Output;
using Etcdctl.Text;

namespace Etcdctl.Commands;

/// <summary><c>lease</c> and what is below it.</summary>
internal static class LeaseCommands
{
    public static Command Create() => new Command
    {
        Use = "lease <subcommand>",
        Short = "Lease related commands. Use `etcdctl lease --help` to see subcommands",
        Long = "Lease related commands",
        Group = CommandGroup.KeyValue,
    }.Add(
        new Command { Use = "grant <ttl>", Short = "Creates leases", Run = GrantAsync },
        new Command { Use = "revoke <leaseID>", Short = "Revokes leases", Run = RevokeAsync },
        new Command { Use = "timetolive <leaseID> [options]", Short = "Get lease information", Run = TimeToLiveAsync }
            .With(Flag.Bool("keys", value: false, "Get keys attached to this lease")),
        new Command { Use = "list", Short = "List all active leases", Run = ListAsync },
        new Command { Use = "keep-alive [options] <leaseID>", Short = "Keeps leases alive (renew)", Run = KeepAliveAsync }
            .With(Flag.Bool("once", value: false, "Resets the keep-alive time to its original value and exits immediately")));

    private static async Task GrantAsync(Invocation invocation)
    {
        if (invocation.Arguments.Count != 1)
            throw Invocation.BadArguments("lease grant command needs TTL argument");
        if (GoNumber.ParseProblem(invocation.Arguments[0], autoBase: false) is { } problem)
            throw Invocation.BadArguments($"bad TTL ({problem})");
        long ttl = GoNumber.Parse(invocation.Arguments[0], autoBase: false);
        EtcdClient client = await invocation.ConnectAsync();
        try
        {
            invocation.Printer.Grant(await client.Lease.GrantAsync(ttl, leaseId: 0, invocation.Interrupted));
        }
        catch (EtcdClientException refused)
        {
            throw new ExitException(ExitCode.Error, $"failed to grant lease ({refused.Message})");
        }
    }

    private static async Task RevokeAsync(Invocation invocation)
    {
        if (invocation.Arguments.Count != 1)
            throw Invocation.BadArguments("lease revoke command needs 1 argument");
        long lease = LeaseId(invocation.Arguments[0]);
        EtcdClient client = await invocation.ConnectAsync();
        try
        {
            invocation.Printer.Revoke(lease, await client.Lease.RevokeAsync(lease, invocation.Interrupted));
        }
        catch (EtcdClientException refused)
        {
            throw new ExitException(ExitCode.Error, $"failed to revoke lease ({refused.Message})");
        }
    }

    private static async Task TimeToLiveAsync(Invocation invocation)
    {
        if (invocation.Arguments.Count != 1)
            throw Invocation.BadArguments("lease timetolive command needs lease ID as argument");
        long lease = LeaseId(invocation.Arguments[0]);
        bool withKeys = invocation.Flags.IsOn("keys");
        EtcdClient client = await invocation.ConnectAsync();
        invocation.Printer.TimeToLive(await OrBadConnection(client.Lease.TimeToLiveAsync(lease, withKeys, invocation.Interrupted)), withKeys);
    }

    private static async Task ListAsync(Invocation invocation)
    {
        EtcdClient client = await invocation.ConnectAsync();
        invocation.Printer.Leases(await OrBadConnection(client.Lease.ListAsync(invocation.Interrupted)));
    }

    private static async Task KeepAliveAsync(Invocation invocation)
    {
        if (invocation.Arguments.Count != 1)
            throw Invocation.BadArguments("lease keep-alive command needs lease ID as argument");
        long lease = LeaseId(invocation.Arguments[0]);
        EtcdClient client = await invocation.ConnectAsync();
        if (invocation.Flags.IsOn("once"))
        {
            invocation.Printer.KeepAlive(await OrBadConnection(client.Lease.KeepAliveOnceAsync(lease, invocation.Interrupted)));
            return;
        }
        await foreach (LeaseKeepAliveResponse response in client.Lease.KeepAliveAsync(lease, invocation.Interrupted))
        {
            invocation.Printer.KeepAlive(response);
            invocation.Terminal.Out.Flush();
        }
        if (invocation.Printer is SimplePrinter)
            invocation.Terminal.Out.WriteLine($"lease {lease:x16} expired or revoked.");
    }

    private static async Task<T> OrBadConnection<T>(Task<T> call)
    {
        try
        {
            return await call;
        }
        catch (EtcdClientException refused)
        {
            throw new ExitException(ExitCode.BadConnection, refused.Message);
        }
    }

    private static long LeaseId(string text) => GoNumber.TryParseHex(text, out long lease, out string problem)
        ? lease
        : throw Invocation.BadArguments($"bad lease ID arg ({problem}), expecting ID in Hex");
}
