using Etcd.Client;
using Etcd.Protocol.Rpc;
using Etcdctl.Cli;

namespace Etcdctl.Commands;

/// <summary><c>elect</c>: stands for election until interrupted, or watches one.</summary>
internal static class ElectCommand
{
    public static Command Create() => new Command
    {
        Use = "elect <election-name> [proposal]",
        Short = "Observes and participates in leader election",
        Group = CommandGroup.Concurrency,
        Run = RunAsync,
        CleansUp = true,
    }.With(Flag.Bool("listen", value: false, "observation mode", 'l'));

    private static async Task RunAsync(Invocation invocation)
    {
        IReadOnlyList<string> arguments = invocation.Arguments;
        bool isListening = invocation.Flags.IsOn("listen");
        if (arguments.Count is not (1 or 2))
            throw Invocation.BadArguments("elect takes one election name argument and an optional proposal argument");
        if (arguments.Count == 1 && !isListening)
            throw Invocation.BadArguments("no proposal argument but -l not set");
        if (arguments.Count == 2 && isListening)
            throw Invocation.BadArguments("proposal given but -l is set");
        EtcdClient client = await invocation.ConnectAsync();
        if (isListening)
            await ObserveAsync(invocation, new Election(client, arguments[0]));
        else
            await CampaignAsync(invocation, client, arguments[0], arguments[1]);
    }

    private static async Task ObserveAsync(Invocation invocation, Election election)
    {
        try
        {
            await foreach (RangeResponse leader in election.ObserveAsync(invocation.Interrupted))
            {
                invocation.Printer.Get(leader);
                invocation.Terminal.Out.Flush();
            }
        }
        catch (OperationCanceledException)
        {
            // That is how watching ends.
        }
    }

    private static async Task CampaignAsync(Invocation invocation, EtcdClient client, string name, string proposal)
    {
        await using Session session = await Session.StartAsync(client, Session.DefaultTtlSeconds, invocation.Interrupted);
        var election = new Election(client, name);
        try
        {
            await election.CampaignAsync(session, KvRequests.Bytes(proposal), invocation.Interrupted);
        }
        catch (OperationCanceledException)
        {
            throw new ExitException(ExitCode.Error, "context canceled");
        }
        RangeResponse won = await client.Kv.RangeAsync(KeyRange.One(election.Key), invocation.Interrupted);
        invocation.Printer.Get(won);
        invocation.Terminal.Out.Flush();
        if (await SessionEnd.WaitAsync(session, invocation.Interrupted))
            throw new ExitException(ExitCode.Error, "elect: session expired");
        await election.ResignAsync(CancellationToken.None);
    }
}
