using Etcd.Client;
using Etcd.Protocol.Rpc;
using Etcdctl.Cli;

namespace Etcdctl.Commands;

/// <summary><c>txn</c>: three lists from standard input, each ended by an empty line.</summary>
internal static class TxnCommand
{
    public static Command Create() => new Command
    {
        Use = "txn [options]",
        Short = "Txn processes all the requests in one transaction",
        Group = CommandGroup.KeyValue,
        Run = RunAsync,
    }.With(Flag.Bool("interactive", value: false, "Input transaction in interactive mode", 'i'));

    private static async Task RunAsync(Invocation invocation)
    {
        if (invocation.Arguments.Count != 0)
            throw Invocation.BadArguments("txn command does not accept argument");
        var request = new TxnRequest();
        Prompt(invocation, "compares:");
        foreach (string line in ReadList(invocation))
            request.Compare.Add(TxnParser.ParseCompare(line));
        Prompt(invocation, "success requests (get, put, del):");
        foreach (string line in ReadList(invocation))
            request.Success.Add(TxnParser.ParseOperation(line));
        Prompt(invocation, "failure requests (get, put, del):");
        foreach (string line in ReadList(invocation))
            request.Failure.Add(TxnParser.ParseOperation(line));
        EtcdClient client = await invocation.ConnectAsync();
        invocation.Printer.Txn(await client.Kv.TxnAsync(request, invocation.Interrupted));
    }

    private static void Prompt(Invocation invocation, string text)
    {
        if (!invocation.Flags.IsOn("interactive"))
            return;
        invocation.Terminal.Out.WriteLine(text);
        invocation.Terminal.Out.Flush();
    }

    private static IEnumerable<string> ReadList(Invocation invocation)
    {
        while (true)
        {
            string line = LineReader.ReadLine(invocation.Terminal.In) ?? throw new ExitException(ExitCode.InvalidInput, "EOF");
            line = line.Trim();
            if (line.Length == 0)
                yield break;
            yield return line;
        }
    }
}
