using System.Collections.Concurrent;
using Etcd.Client;
using Etcd.Protocol.Kv;
using Etcd.Protocol.Rpc;
using Etcdctl.Cli;
using Etcdctl.Output;
using Etcdctl.Text;

namespace Etcdctl.Commands;

/// <summary><c>watch</c>: on keys given once, or on those that lines of standard input name.</summary>
internal static class WatchCommand
{
    public static Command Create() => WatchLine.AddFlags(new Command
    {
        Use = "watch [options] [key or prefix] [range_end] [--] [exec-command arg1 arg2 ...]",
        Short = "Watches events stream on keys or prefixes",
        Group = CommandGroup.KeyValue,
        Run = RunAsync,
    });

    private static Task RunAsync(Invocation invocation) =>
        invocation.Flags.IsOn("interactive") ? RunInteractiveAsync(invocation) : RunOnceAsync(invocation);

    private static async Task RunOnceAsync(Invocation invocation)
    {
        WatchLine line;
        try
        {
            line = WatchLine.From(invocation.Flags, invocation.Terminal.Environment);
        }
        catch (FormatException problem)
        {
            throw Invocation.BadArguments(problem.Message);
        }
        EtcdClient client = await invocation.ConnectAsync();
        await using Watcher watcher = client.Watch.Open(line.Range, line.Options);
        await PrintAsync(invocation, watcher, line);
        throw new ExitException(ExitCode.Interrupted, "watch is canceled by the server");
    }

    private static async Task RunInteractiveAsync(Invocation invocation)
    {
        EtcdClient client = await invocation.ConnectAsync();
        var watchers = new ConcurrentBag<Watcher>();
        while (true)
        {
            string? text = await Task.Run(() => LineReader.ReadLine(invocation.Terminal.In), invocation.Interrupted);
            if (text is null)
                throw new ExitException(ExitCode.InvalidInput, "Error reading watch request line: EOF");
            List<string> words = WordSplitter.Split(text);
            string? complaint = words.Count == 0 ? $"Invalid command: {text} (watch and progress supported)" : words[0] switch
            {
                "watch" => Begin(invocation, client, watchers, words, text),
                "progress" => await AskForProgressAsync(watchers, invocation.Interrupted),
                _ => $"Invalid command {text} (only support watch)",
            };
            if (complaint is not null)
            {
                invocation.Terminal.Error.WriteLine(complaint);
                invocation.Terminal.Error.Flush();
            }
        }
    }

    private static string? Begin(Invocation invocation, EtcdClient client, ConcurrentBag<Watcher> watchers, List<string> words, string text)
    {
        try
        {
            FlagSet flags = WatchLine.AddFlags(new Command { Use = "watch", Short = "" }).AllFlags();
            flags.Parse([.. words.Skip(1)]);
            WatchLine line = WatchLine.From(flags, invocation.Terminal.Environment);
            Watcher watcher = client.Watch.Open(line.Range, line.Options);
            watchers.Add(watcher);
            _ = PrintUntilInterruptedAsync(invocation, watcher, line);
            return null;
        }
        catch (Exception problem) when (problem is FormatException or UsageException or HelpRequestedException)
        {
            return $"Invalid command {text} ({problem.Message})";
        }
    }

    private static async Task PrintUntilInterruptedAsync(Invocation invocation, Watcher watcher, WatchLine line)
    {
        try
        {
            await PrintAsync(invocation, watcher, line);
        }
        catch (OperationCanceledException)
        {
            // The program ends.
        }
        catch (EtcdClientException problem)
        {
            invocation.Terminal.Error.WriteLine($"watch was canceled ({problem.Message})");
            invocation.Terminal.Error.Flush();
        }
    }

    private static async Task<string?> AskForProgressAsync(IEnumerable<Watcher> watchers, CancellationToken cancellationToken)
    {
        foreach (Watcher watcher in watchers)
            await watcher.RequestProgressAsync(cancellationToken);
        return null;
    }

    /// <summary>Prints until the server ends the watch.</summary>
    private static async Task PrintAsync(Invocation invocation, Watcher watcher, WatchLine line)
    {
        while (true)
        {
            try
            {
                WatchResponse response = await watcher.NextAsync(invocation.Interrupted);
                Print(invocation, response);
                foreach (Event change in response.Events)
                    await ExecuteAsync(invocation, line.Exec, response.Header.Revision, change);
            }
            catch (WatchCanceledException end)
            {
                invocation.Terminal.Error.WriteLine($"watch was canceled ({end.Message})");
                invocation.Terminal.Error.Flush();
                WatchResponse last = end.Response;
                invocation.Printer.Watch(new WatchReport(last.Header, last.Events, last.CompactRevision, IsCanceled: true));
                invocation.Terminal.Out.Flush();
                return;
            }
        }
    }

    private static void Print(Invocation invocation, WatchResponse response)
    {
        // Several watches may print at once in interactive mode; their lines must not mix.
        lock (invocation)
        {
            if (response.Events.Count == 0)
                invocation.Terminal.Out.WriteLine($"progress notify: {response.Header.Revision}");
            invocation.Printer.Watch(new WatchReport(response.Header, response.Events));
            invocation.Terminal.Out.Flush();
        }
    }

    private static async Task ExecuteAsync(Invocation invocation, IReadOnlyList<string> command, long revision, Event change)
    {
        if (command.Count == 0)
            return;
        string? failure = await ChildProcess.RunAsync(invocation.Terminal, command, new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ETCD_WATCH_REVISION"] = $"{revision}",
            ["ETCD_WATCH_EVENT_TYPE"] = GoString.Quote(SimplePrinter.EventName(change)),
            ["ETCD_WATCH_KEY"] = GoString.Quote(change.Kv.Key.Span),
            ["ETCD_WATCH_VALUE"] = GoString.Quote(change.Kv.Value.Span),
        }, invocation.Interrupted);
        if (failure is not null)
        {
            invocation.Terminal.Error.WriteLine($"command [{string.Join(' ', command.Select(GoString.Quote))}] error ({failure})");
            throw new ExitException(ExitCode.Error, "");
        }
    }
}
