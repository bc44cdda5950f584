using System.Buffers.Binary;
using System.Diagnostics;
using System.Threading.Channels;
using Etcd.Client;
using Etcd.Protocol.Rpc;
using Google.Protobuf;

namespace Etcdctl.Commands;

/// <summary>Puts random keys, at a steady rate or as fast as the cluster takes them.</summary>
internal static class LoadGenerator
{
    /// <param name="writesPerSecond">Null: as fast as possible.</param>
    /// <param name="total">Stop after so many; null: when cancelled.</param>
    public static async Task<LoadResult> RunAsync(
        EtcdClient[] clients, string prefix, int keyBytes, int valueBytes, int? writesPerSecond, long? total, Action? onWrite, CancellationToken cancellationToken)
    {
        var requests = Channel.CreateBounded<PutRequest>(clients.Length);
        var result = new LoadResult();
        long started = Stopwatch.GetTimestamp();
        Task[] workers = [.. clients.Select(client => WorkAsync(client, requests.Reader, result, onWrite))];
        try
        {
            await ProduceAsync(requests.Writer, prefix, keyBytes, valueBytes, writesPerSecond, total, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Time is up.
        }
        requests.Writer.Complete();
        await Task.WhenAll(workers);
        result.Elapsed = Stopwatch.GetElapsedTime(started);
        return result;
    }

    private static async Task ProduceAsync(
        ChannelWriter<PutRequest> requests, string prefix, int keyBytes, int valueBytes, int? writesPerSecond, long? total, CancellationToken cancellationToken)
    {
        byte[] head = KvRequests.Bytes(prefix).ToByteArray();
        ByteString value = UnsafeByteOperations.UnsafeWrap(new byte[valueBytes]);
        long started = Stopwatch.GetTimestamp();
        for (long sent = 0; total is null || sent < total; sent++)
        {
            if (writesPerSecond is { } rate)
            {
                TimeSpan early = TimeSpan.FromSeconds((double)sent / rate) - Stopwatch.GetElapsedTime(started);
                if (early > TimeSpan.Zero)
                    await Task.Delay(early, cancellationToken);
            }
            byte[] key = new byte[head.Length + keyBytes];
            head.CopyTo(key, 0);
            BinaryPrimitives.WriteInt64BigEndian(key.AsSpan(head.Length), Random.Shared.NextInt64());
            await requests.WriteAsync(new PutRequest { Key = UnsafeByteOperations.UnsafeWrap(key), Value = value }, cancellationToken);
        }
    }

    private static async Task WorkAsync(EtcdClient client, ChannelReader<PutRequest> requests, LoadResult result, Action? onWrite)
    {
        await foreach (PutRequest request in requests.ReadAllAsync())
        {
            long started = Stopwatch.GetTimestamp();
            string? error = null;
            try
            {
                await client.Kv.PutAsync(request, CancellationToken.None);
            }
            catch (EtcdClientException problem)
            {
                error = problem.Message;
            }
            result.Add(Stopwatch.GetElapsedTime(started), error);
            onWrite?.Invoke();
        }
    }
}
