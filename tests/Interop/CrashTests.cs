using System.Collections.Concurrent;
using System.Globalization;
using Etcd.Client;
using Etcd.Protocol.Kv;
using Etcd.Protocol.Rpc;
using Etcd.TestKit;
using Interop.Servers;

namespace Interop;

/// <summary>The server is killed while clients write, again and again. What it acknowledged stays; no revision is given twice.</summary>
public sealed class CrashTests : IDisposable
{
    /// <summary>Set to 50 for the long run.</summary>
    private const string RoundsVariable = "ETCD_INTEROP_CRASH_ROUNDS";

    private const int Writers = 4, DefaultRounds = 5, WritesBeforeKill = 150, KeysPerWriter = 20;

    private readonly TempDirectory _folder = new();

    [Fact]
    public async Task Kill_UnderLoad_LosesNoAcknowledgedWrite()
    {
        int rounds = int.TryParse(Environment.GetEnvironmentVariable(RoundsVariable), out int asked) ? asked : DefaultRounds;
        using EtcdProcess server = EtcdProcess.StartNew(_folder, null, "--snapshot-count", "200");
        var acknowledged = new ConcurrentDictionary<long, Written>();
        var sequence = new int[Writers];
        for (int round = 0; round < rounds; round++)
        {
            await LoadAndKillAsync(server, acknowledged, sequence, WritesBeforeKill + 37 * round % 100);
            server.Start();
            await CheckAsync(server, acknowledged);
            uint hash = await HashAsync(server);
            // An orderly or another violent end: the state must be the same afterwards.
            if (round % 2 == 0)
                server.Stop();
            else
                server.Kill();
            server.Start();
            Assert.Equal(hash, await HashAsync(server));
        }
    }

    public void Dispose() => _folder.Dispose();

    private static async Task LoadAndKillAsync(EtcdProcess server, ConcurrentDictionary<long, Written> acknowledged, int[] sequence, int enough)
    {
        using var stop = new CancellationTokenSource();
        int before = acknowledged.Count;
        Task[] writers = [.. Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAsync(server, writer, sequence, acknowledged, stop.Token)))];
        while (acknowledged.Count < before + enough)
        {
            Assert.False(writers.All(static w => w.IsCompleted), server.Log);
            await Task.Delay(1);
        }
        server.Kill();
        await stop.CancelAsync();
        await Task.WhenAll(writers);
    }

    private static async Task WriteAsync(
        EtcdProcess server, int writer, int[] sequence, ConcurrentDictionary<long, Written> acknowledged, CancellationToken stop)
    {
        using var client = new EtcdClient(new EtcdClientOptions { Endpoints = [server.Endpoint] });
        while (!stop.IsCancellationRequested)
        {
            int number = ++sequence[writer];
            string key = $"w{writer}/{number % KeysPerWriter}", value = number.ToString(CultureInfo.InvariantCulture);
            try
            {
                PutResponse answer = await client.Kv.PutAsync(key, value, stop);
                Assert.True(
                    acknowledged.TryAdd(answer.Header.Revision, new Written(writer, number, key, value)),
                    $"revision {answer.Header.Revision} was given to {key}={value} and to {acknowledged.GetValueOrDefault(answer.Header.Revision)}");
            }
            catch (Exception exception) when (exception is EtcdClientException or OperationCanceledException)
            {
                // The server is gone: this write may or may not have happened.
                return;
            }
        }
    }

    /// <summary>Every acknowledged write must still be readable at the revision it was acknowledged with.</summary>
    private static async Task CheckAsync(EtcdProcess server, ConcurrentDictionary<long, Written> acknowledged)
    {
        using var client = new EtcdClient(server.Endpoint);
        var history = new Dictionary<long, KeyValue>();
        RangeResponse now = await client.Kv.RangeAsync(KeyRange.All, CancellationToken.None);
        await using (Watcher watcher = client.Watch.Open(KeyRange.All, new WatchOptions { StartRevision = 1 }))
        {
            while (history.Count == 0 || history.Keys.Max() < now.Header.Revision)
            {
                using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
                WatchResponse response = await watcher.NextAsync(patience.Token);
                foreach (Event change in response.Events)
                    Assert.True(history.TryAdd(change.Kv.ModRevision, change.Kv), $"revision {change.Kv.ModRevision} has two events");
            }
        }
        foreach ((long revision, Written write) in acknowledged)
        {
            Assert.True(history.TryGetValue(revision, out KeyValue? kv), $"{write} at revision {revision} is lost; the newest is {now.Header.Revision}");
            Assert.Equal((write.Key, write.Value), (kv.Key.ToStringUtf8(), kv.Value.ToStringUtf8()));
        }
    }

    private static async Task<uint> HashAsync(EtcdProcess server)
    {
        using var client = new EtcdClient(server.Endpoint);
        return (await client.Maintenance.HashKvAsync(server.Endpoint, 0, CancellationToken.None)).Hash;
    }

    private sealed record Written(int Writer, int Number, string Key, string Value);
}
