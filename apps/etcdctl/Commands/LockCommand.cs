using Etcd.Client;
using Etcd.Protocol.Rpc;
using Etcdctl.Cli;
using Etcdctl.Text;

namespace Etcdctl.Commands;

/// <summary><c>lock</c>: holds a named lock until interrupted, or while a command runs.</summary>
internal static class LockCommand
{
    public static Command Create() => new Command
    {
        Use = "lock <lockname> [exec-command arg1 arg2 ...]",
        Short = "Acquires a named lock",
        Group = CommandGroup.Concurrency,
        Run = RunAsync,
        CleansUp = true,
    }.With(Flag.Number("ttl", 10, "timeout for session", "int"));

    private static async Task RunAsync(Invocation invocation)
    {
        IReadOnlyList<string> arguments = invocation.Arguments;
        if (arguments.Count == 0)
            throw Invocation.BadArguments("lock takes a lock name argument and an optional command to execute");
        EtcdClient client = await invocation.ConnectAsync();
        await using Session session = await Session.StartAsync(client, invocation.Flags.Number("ttl"), invocation.Interrupted);
        var mutex = new EtcdMutex(session, arguments[0]);
        try
        {
            await mutex.LockAsync(invocation.Interrupted);
        }
        catch (OperationCanceledException)
        {
            throw new ExitException(ExitCode.Error, "context canceled");
        }
        if (arguments.Count > 1)
        {
            await ExecuteAsync(invocation, [.. arguments.Skip(1)], mutex);
            return;
        }
        RangeResponse held = await client.Kv.RangeAsync(KeyRange.One(mutex.Key), invocation.Interrupted);
        if (held.Kvs.Count == 0)
            throw new ExitException(ExitCode.Error, "lock lost on init");
        invocation.Printer.Get(held);
        invocation.Terminal.Out.Flush();
        if (await SessionEnd.WaitAsync(session, invocation.Interrupted))
            throw new ExitException(ExitCode.Error, "session expired");
        await mutex.UnlockAsync(CancellationToken.None);
    }

    private static async Task ExecuteAsync(Invocation invocation, IReadOnlyList<string> command, EtcdMutex mutex)
    {
        string? failure = await ChildProcess.RunAsync(invocation.Terminal, command, new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ETCD_LOCK_KEY"] = GoString.Decode(mutex.Key.Span),
            ["ETCD_LOCK_REV"] = $"{mutex.Header!.Revision}",
        }, invocation.Interrupted);
        await mutex.UnlockAsync(CancellationToken.None);
        if (failure is not null)
            throw new ExitException(ExitCode.Error, failure);
    }
}
