using System.Diagnostics;
using System.Globalization;
using System.Text;
using Etcd.Client;
using Etcd.Protocol.Rpc;
using Google.Protobuf;

namespace Etcd.Benchmarks.Load;

/// <summary>The loads that h2load cannot make: watchers, filling a database, one client alone. Prints one number per line:
/// <c>name value</c>.</summary>
internal static class Program
{
    private const int ValueBytes = 256;
    private const int FillBatch = 100; // Puts per transaction; etcd allows 128.
    private const int FillTasks = 16;

    private static async Task<int> Main(string[] arguments)
    {
        if (arguments is not [string work, string endpoint, ..])
        {
            await Console.Error.WriteLineAsync("usage: Load (frame FILE put|range|list) | (fill ENDPOINT keys valueBytes) | (watch ENDPOINT watchers seconds) | (single ENDPOINT seconds) | (revision ENDPOINT)");
            return 2;
        }
        int first = arguments.Length > 2 && int.TryParse(arguments[2], CultureInfo.InvariantCulture, out int number) ? number : 0;
        int second = arguments.Length > 3 ? int.Parse(arguments[3], CultureInfo.InvariantCulture) : 0;
        switch (work)
        {
            case "frame": WriteFrame(endpoint, arguments[2]); break;
            case "fill": await FillAsync(endpoint, first, second); break;
            case "watch": await WatchAsync(endpoint, first, TimeSpan.FromSeconds(second)); break;
            case "revision": await RevisionAsync(endpoint); break;
            case "single": await SingleAsync(endpoint, TimeSpan.FromSeconds(first)); break;
            default: return 2;
        }
        return 0;
    }

    /// <summary>Writes the body of one gRPC request: flag 0, length, message. h2load sends it again and again.</summary>
    private static void WriteFrame(string path, string kind)
    {
        byte[] message = kind switch
        {
            "put" => new PutRequest { Key = Text("bench/put"), Value = Value(ValueBytes) }.ToByteArray(),
            "range" => new RangeRequest { Key = Text("bench/put") }.ToByteArray(),
            "list" => new RangeRequest { Key = Text("fill/"), RangeEnd = Text("fill0"), Limit = 10_000 }.ToByteArray(),
            _ => throw new ArgumentException($"unknown request {kind}", nameof(kind)),
        };
        using FileStream file = File.Create(path);
        file.Write([0, (byte)(message.Length >> 24), (byte)(message.Length >> 16), (byte)(message.Length >> 8), (byte)message.Length]);
        file.Write(message);
    }

    private static async Task FillAsync(string endpoint, int keys, int valueBytes)
    {
        using var client = new EtcdClient(endpoint);
        ByteString value = Value(valueBytes);
        long started = Stopwatch.GetTimestamp();
        int next = 0;
        await Task.WhenAll(Enumerable.Range(0, FillTasks).Select(async _ =>
        {
            for (int start = Interlocked.Add(ref next, FillBatch) - FillBatch; start < keys; start = Interlocked.Add(ref next, FillBatch) - FillBatch)
            {
                var batch = new TxnRequest();
                for (int key = start; key < Math.Min(start + FillBatch, keys); key++)
                    batch.Success.Add(Operation.Put(Text($"fill/{key:D8}"), value));
                await client.Kv.TxnAsync(batch, CancellationToken.None);
            }
        }));
        Print("fill_seconds", Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    /// <summary>One writer, many watchers of its key on few connections: every event goes to all of them.</summary>
    private static async Task WatchAsync(string endpoint, int watchers, TimeSpan duration)
    {
        const int connections = 10;
        using var stop = new CancellationTokenSource();
        EtcdClient[] clients = [.. Enumerable.Range(0, connections).Select(_ => new EtcdClient(endpoint))];
        long delivered = 0;
        int ready = 0;
        long revision = (await clients[0].Kv.PutAsync("bench/watched", "first", CancellationToken.None)).Header.Revision;
        Task[] readers = [.. Enumerable.Range(0, watchers).Select(async i =>
        {
            await using Watcher watcher = clients[i % connections].Watch.Open("bench/watched", new WatchOptions { StartRevision = revision });
            try
            {
                await watcher.NextAsync(stop.Token); // The event of the past proves that it watches.
                Interlocked.Increment(ref ready);
                while (true)
                    Interlocked.Add(ref delivered, (await watcher.NextAsync(stop.Token)).Events.Count);
            }
            catch (OperationCanceledException)
            {
                // The time is over.
            }
        })];
        while (Volatile.Read(ref ready) < watchers)
            await Task.Delay(10, CancellationToken.None);
        long started = Stopwatch.GetTimestamp(), writes = 0;
        ByteString value = Value(ValueBytes);
        while (Stopwatch.GetElapsedTime(started) < duration)
        {
            await clients[0].Kv.PutAsync(new PutRequest { Key = Text("bench/watched"), Value = value }, CancellationToken.None);
            writes++;
            // The next write goes out when all have seen this one, so that no server can merge or lag.
            while (Interlocked.Read(ref delivered) < writes * watchers)
                await Task.Yield();
        }
        Print("events_per_second", delivered / Stopwatch.GetElapsedTime(started).TotalSeconds);
        await stop.CancelAsync();
        await Task.WhenAll(readers);
        foreach (EtcdClient client in clients)
            client.Dispose();
    }

    private static async Task SingleAsync(string endpoint, TimeSpan duration)
    {
        using var client = new EtcdClient(endpoint);
        var put = new PutRequest { Key = Text("bench/single"), Value = Value(ValueBytes) };
        var microseconds = new List<double>();
        for (int i = 0; i < 50; i++)
            await client.Kv.PutAsync(put, CancellationToken.None);
        long started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < duration)
        {
            long sent = Stopwatch.GetTimestamp();
            await client.Kv.PutAsync(put, CancellationToken.None);
            microseconds.Add(Stopwatch.GetElapsedTime(sent).TotalMicroseconds);
        }
        microseconds.Sort();
        Print("p50_us", microseconds[microseconds.Count / 2]);
        Print("p99_us", microseconds[(int)(microseconds.Count * 0.99)]);
    }

    /// <summary>Proves that puts were done and not refused: a gRPC refusal is a success to HTTP.</summary>
    private static async Task RevisionAsync(string endpoint)
    {
        using var client = new EtcdClient(endpoint);
        Print("revision", (await client.Kv.RangeAsync("bench/put", CancellationToken.None)).Header.Revision);
    }

    private static void Print(string name, double value) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} {value:F3}"));

    private static ByteString Text(string text) => ByteString.CopyFrom(Encoding.UTF8.GetBytes(text));

    private static ByteString Value(int bytes) => ByteString.CopyFrom([.. Enumerable.Range(0, bytes).Select(static i => (byte)('a' + i % 26))]);
}
