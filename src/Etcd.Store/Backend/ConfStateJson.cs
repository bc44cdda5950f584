using System.Buffers;
using System.Text.Json;
using Etcd.Protocol.Raft;

namespace Etcd.Store.Backend;

/// <summary>Raft's membership as etcd stores it under <c>confState</c>: compact JSON, empty lists left out.</summary>
internal static class ConfStateJson
{
    public static byte[] Encode(ConfState state)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            WriteIds(json, "voters", state.Voters);
            WriteIds(json, "learners", state.Learners);
            WriteIds(json, "voters_outgoing", state.VotersOutgoing);
            WriteIds(json, "learners_next", state.LearnersNext);
            json.WriteBoolean("auto_leave", state.AutoLeave);
            json.WriteEndObject();
        }
        return bytes.WrittenSpan.ToArray();
    }

    /// <exception cref="Foundation.CorruptException">It is not such JSON.</exception>
    public static ConfState Decode(ReadOnlyMemory<byte> json, string file)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            return new ConfState
            {
                Voters = ReadIds(root, "voters"),
                Learners = ReadIds(root, "learners"),
                VotersOutgoing = ReadIds(root, "voters_outgoing"),
                LearnersNext = ReadIds(root, "learners_next"),
                AutoLeave = root.TryGetProperty("auto_leave", out JsonElement leave) && leave.GetBoolean(),
            };
        }
        catch (Exception bad) when (bad is JsonException or InvalidOperationException or FormatException)
        {
            throw new Foundation.CorruptException(file, -1, $"meta record confState is damaged: {bad.Message}");
        }
    }

    private static void WriteIds(Utf8JsonWriter json, string name, IReadOnlyList<ulong> ids)
    {
        if (ids.Count == 0)
            return;
        json.WriteStartArray(name);
        foreach (ulong id in ids)
            json.WriteNumberValue(id);
        json.WriteEndArray();
    }

    private static ulong[] ReadIds(JsonElement root, string name)
    {
        if (!root.TryGetProperty(name, out JsonElement list) || list.ValueKind == JsonValueKind.Null)
            return [];
        return [.. list.EnumerateArray().Select(static id => id.GetUInt64())];
    }
}
