using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Etcd.Protocol.Raft;
using Etcd.Protocol.Rpc;
using Etcd.Protocol.Wire;
using Etcd.Store.Apply;
using Etcd.Store.Membership;
using Etcd.Store.V2;
using Etcd.TestKit;

namespace Etcd.Store.Tests.Apply;

/// <summary>420 random v2 requests that a real 3.4.23 server took: its log, what it answered to each, and its snapshots.</summary>
public sealed class V2ReplayTests
{
    [Fact]
    public void Apply_LogOfARealServer_SameAnswersAndSameDocuments()
    {
        JsonElement golden = JsonDocument.Parse(Golden.ReadGzip("v34-v2ops.json")).RootElement;
        Dictionary<ulong, string> snaps = golden.GetProperty("snaps").EnumerateArray()
            .ToDictionary(static snap => snap.GetProperty("index").GetUInt64(), static snap => snap.GetProperty("document").GetString()!);
        var store = new V2Store();
        var requests = new ClusterRequests(new Cluster(new MemoryBackend(), store, maxLearners: 1), localMemberId: 0);
        var v2 = new V2Requests(store, requests);
        int compared = 0;
        foreach (JsonElement entry in golden.GetProperty("entries").EnumerateArray())
        {
            ulong index = entry.GetProperty("index").GetUInt64();
            byte[] data = Convert.FromHexString(entry.GetProperty("data").GetString()!);
            if (entry.GetProperty("type").GetInt32() == 1)
                requests.Apply(ConfChangeCodec.Read(data), inDatabase: false);
            else if (data.Length > 0 && RaftRequestFields.Parse(data).Form == RaftRequestForm.V2)
                compared += Compare(index, v2.Apply(Request.Parser.ParseFrom(data), default, out _), entry.GetProperty("answer").GetString());
            if (snaps.TryGetValue(index, out string? document))
                Assert.Equal(WithoutTtls(document), WithoutTtls(Encoding.UTF8.GetString(store.Save())));
        }
        Assert.True(compared > 400);
        CompareStatistics(golden.GetProperty("stats"), store);
    }

    private static int Compare(ulong index, V2Result result, string? answer)
    {
        if (answer is null)
            return 0;
        var output = new ArrayBufferWriter<byte>();
        if (result.Error is { } error)
            error.WriteJson(output, V2Path.KeysRoot);
        else
            V2Json.WriteEvent(output, result.Event!, V2Path.KeysRoot);
        Assert.Equal($"{index}: {WithoutTtls(answer)}", $"{index}: {WithoutTtls(Encoding.UTF8.GetString(output.WrittenSpan))}");
        return 1;
    }

    // The server's own reads (of members, of its auth switch) are counted too, and nobody knows how many there were.
    private static void CompareStatistics(JsonElement expected, V2Store store)
    {
        foreach (V2Counter counter in Enum.GetValues<V2Counter>().Where(static counter => counter is not (V2Counter.GetsSuccess or V2Counter.GetsFail)))
        {
            string name = char.ToLowerInvariant(counter.ToString()[0]) + counter.ToString()[1..];
            Assert.Equal($"{name} {expected.GetProperty(name).GetUInt64()}", $"{name} {store.Statistic(counter)}");
        }
    }

    // Remaining TTLs depend on when somebody looked, and reads are counted that are not in the log.
    private static string WithoutTtls(string json)
    {
        JsonNode root = JsonNode.Parse(json)!;
        Strip(root);
        return root.ToJsonString();
    }

    private static void Strip(JsonNode? node)
    {
        if (node is JsonObject fields)
        {
            foreach (string volatileName in (string[])["ttl", "getsSuccess", "getsFail"])
                fields.Remove(volatileName);
            foreach ((_, JsonNode? child) in fields)
                Strip(child);
        }
        else if (node is JsonArray items)
        {
            foreach (JsonNode? child in items)
                Strip(child);
        }
    }
}
