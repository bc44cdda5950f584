using System.Text.Json.Nodes;
using Etcd.Client;
using Etcd.TestKit;
using Interop.Servers;

namespace Interop;

/// <summary>Every damage of tests/Golden/corrupted: our server repairs what the real server of that version repaired and refuses
/// the rest, saying which file it is.</summary>
public sealed class DamagedDirectoryTests : IDisposable
{
    /// <summary>The log ends before what the database has seen. etcd 3.4 and 3.5 start and lose later writes, 3.7 hangs; we refuse.</summary>
    private static readonly HashSet<string> s_weRefuse = ["wal-flip-len", "wal-snap-record-missing"];

    private static readonly JsonObject s_cases =
        JsonNode.Parse(File.ReadAllText(Path.Combine(Golden.Root, "corrupted", "corrupted.json")))!.AsObject();

    private readonly TempDirectory _folder = new();

    public static TheoryData<string> Cases => [.. s_cases.Select(static c => c.Key)];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Damage_AtStart_IsRepairedOrRefusedWithItsFile(string name)
    {
        if (EtcdProgram.IsOverridden)
            Assert.Skip("these are our own texts");
        JsonNode damage = s_cases[name]!;
        string set = (string)damage["base"]!;
        string data = Golden.Unpack(set, _folder.Path);
        foreach (JsonNode? operation in damage["ops"]!.AsArray())
            Apply(operation!, data);
        using var server = new EtcdProcess(EtcdProgram.Ours, data, "m1");
        if (!(bool)damage["result"]!["started"]! || s_weRefuse.Contains((string)damage["variant"]!))
        {
            Assert.NotEqual(0, server.RunToEnd());
            string refusal = server.Log.Split('\n').Last(static line => line.Contains("\"level\":\"fatal\"", StringComparison.Ordinal));
            JsonNode line = JsonNode.Parse(refusal)!;
            Assert.Contains(Path.GetDirectoryName((string)damage["ops"]![0]!["file"]!)!, (string)line["error"]! + (string)line["cure"]!, StringComparison.Ordinal);
            return;
        }
        server.Start();
        JsonNode expected = GoldenServer.Expected(set);
        using EtcdClient client = new GoldenServer(server, expected).NewClient();
        await new GoldenServer(server, expected).CheckKeysAsync(client);
        await new GoldenServer(server, expected).CheckHashesAsync(client);
        await client.Kv.PutAsync("afterwards", "1", CancellationToken.None);
        server.Stop();
        server.Start();
        Assert.Equal("afterwards\n1\n", server.Ctl.Run("get", "afterwards"));
    }

    public void Dispose() => _folder.Dispose();

    private static void Apply(JsonNode operation, string data)
    {
        string path = Path.Combine(data, (string)operation["file"]!);
        if ((string)operation["op"]! == "remove")
        {
            File.Delete(path);
            return;
        }
        using FileStream file = File.Open(path, FileMode.Open);
        long offset = (long?)operation["offset"] ?? 0;
        file.Position = offset;
        switch ((string)operation["op"]!)
        {
            case "truncate": file.SetLength((long)operation["size"]!); break;
            case "zero": file.Write(new byte[(int)operation["len"]!]); break;
            case "write": file.Write(Convert.FromHexString((string)operation["hex"]!)); break;
            case "xor":
                int value = file.ReadByte() ^ (int)operation["value"]!;
                file.Position = offset;
                file.WriteByte((byte)value);
                break;
            default: throw new InvalidDataException($"unknown operation {operation}");
        }
    }
}
