using Etcd.Client;
using Etcd.Protocol.Rpc;
using Etcdctl.Cli;
using Etcdctl.Output;
using Etcdctl.Text;

namespace Etcdctl.Commands;

/// <summary><c>get</c>, <c>put</c>, <c>del</c> and <c>compaction</c>.</summary>
internal static class KvCommands
{
    private static readonly TimeSpan s_timeToThink = TimeSpan.FromSeconds(2);

    public static Command[] All() =>
    [
        KvRequests.AddGetFlags(new Command
        {
            Use = "get [options] <key> [range_end]",
            Short = "Gets the key or a range of keys",
            Group = CommandGroup.KeyValue,
            Run = GetAsync,
        }),
        KvRequests.AddPutFlags(new Command
        {
            Use = "put [options] <key> <value> (<value> can also be given from stdin)",
            Short = "Puts the given key into the store",
            Long = """
                Puts the given key into the store.

                A <value> that begins with '-' would be taken for a flag; put '--' before it:

                $ put <key> -- <value>
                $ put -- <key> <value>

                Without a <value> on the command line (and without '--ignore-value') the value is
                read from standard input:

                $ cat file | put <key>
                """,
            Group = CommandGroup.KeyValue,
            Run = PutAsync,
        }),
        KvRequests.AddDeleteFlags(new Command
        {
            Use = "del [options] <key> [range_end]",
            Short = "Removes the specified key or range of keys [key, range_end)",
            Group = CommandGroup.KeyValue,
            Run = DeleteAsync,
        }),
        new Command
        {
            Use = "compaction [options] <revision>",
            Short = "Compacts the event history in etcd",
            Group = CommandGroup.KeyValue,
            Run = CompactAsync,
        }.With(Flag.Bool("physical", value: false, "'true' to wait for compaction to physically remove all old revisions")),
    ];

    private static async Task GetAsync(Invocation invocation)
    {
        RangeRequest request = KvRequests.Get(invocation.Flags);
        EtcdClient client = await invocation.ConnectAsync();
        RangeResponse response = await client.Kv.RangeAsync(request, invocation.Interrupted);
        if (request.CountOnly && invocation.Printer is not (FieldsPrinter or JsonPrinter))
            throw Invocation.BadArguments("--count-only is only for `--write-out=fields`");
        if (invocation.Flags.IsOn("print-value-only"))
        {
            if (invocation.Printer is not SimplePrinter simple)
                throw Invocation.BadArguments("print-value-only is only for `--write-out=simple`");
            simple.ValuesOnly = true;
        }
        invocation.Printer.Get(response);
    }

    private static async Task PutAsync(Invocation invocation)
    {
        PutRequest request = KvRequests.Put(invocation.Flags, invocation.Terminal.In);
        EtcdClient client = await invocation.ConnectAsync();
        invocation.Printer.Put(await client.Kv.PutAsync(request, invocation.Interrupted));
    }

    private static async Task DeleteAsync(Invocation invocation)
    {
        DeleteRangeRequest request = KvRequests.Delete(invocation.Flags, out bool isRange);
        if (isRange && !invocation.Flags.IsOn("range"))
        {
            IReadOnlyList<string> keys = invocation.Arguments;
            invocation.Terminal.Error.WriteLine(
                $"Warning: Keys between {GoString.Quote(keys[0])} and {GoString.Quote(keys[1])} will be deleted. Please interrupt the command within next 2 seconds to cancel. You can provide `--range` flag to avoid the delay.");
            invocation.Terminal.Error.Flush();
            await Task.Delay(s_timeToThink, invocation.Interrupted);
        }
        EtcdClient client = await invocation.ConnectAsync();
        invocation.Printer.Delete(await client.Kv.DeleteAsync(request, invocation.Interrupted));
    }

    private static async Task CompactAsync(Invocation invocation)
    {
        if (invocation.Arguments.Count != 1)
            throw Invocation.BadArguments("compaction command needs 1 argument");
        if (GoNumber.ParseProblem(invocation.Arguments[0], autoBase: false) is { } problem)
            throw new ExitException(ExitCode.Error, problem);
        long revision = GoNumber.Parse(invocation.Arguments[0], autoBase: false);
        EtcdClient client = await invocation.ConnectAsync();
        await client.Kv.CompactAsync(revision, invocation.Flags.IsOn("physical"), invocation.Interrupted);
        invocation.Terminal.Out.WriteLine($"compacted revision {revision}");
    }
}
