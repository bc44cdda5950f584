using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;
using Etcd.Protocol.Raft;
using Etcd.TestKit;

namespace Etcd.Store.Tests.Apply;

/// <summary>What a real etcd server wrote, decoded by an independent tool (tests/Golden/README.md).</summary>
internal sealed class GoldenSet
{
    private readonly JsonElement _decoded;

    /// <param name="name">For example <c>v35-mixed</c> or <c>v34-cluster3.m2</c>.</param>
    public GoldenSet(string name)
    {
        Name = name;
        _decoded = JsonDocument.Parse(Golden.ReadGzip(name + ".decoded.json")).RootElement;
        string set = name.Split('.')[0];
        Expected = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Golden.Root, set + ".expected.json"))).RootElement;
    }

    public string Name { get; }

    /// <summary>What the live server answered before it was stopped.</summary>
    public JsonElement Expected { get; }

    /// <summary>The committed entries of the log, each index once, in order.</summary>
    /// <remarks>A later record of an index replaces it and everything behind it.</remarks>
    public IReadOnlyList<Entry> Entries
    {
        get
        {
            SortedDictionary<ulong, Entry> entries = [];
            ulong commit = 0;
            foreach (JsonElement record in _decoded.GetProperty("wal").EnumerateArray().SelectMany(static file => file.GetProperty("records").EnumerateArray()))
            {
                string type = record.GetProperty("type").GetString()!;
                if (type == "state")
                    commit = record.GetProperty("commit").GetUInt64();
                if (type != "entry" || record.TryGetProperty("entry_data_len", out _))
                    continue; // Two sets hold values that are too long to be listed in full.
                ulong index = record.GetProperty("index").GetUInt64();
                foreach (ulong later in entries.Keys.Where(key => key >= index).ToArray())
                    entries.Remove(later);
                entries[index] = new Entry(record.GetProperty("term").GetUInt64(), index, TypeOf(record), DataOf(record));
            }
            return [.. entries.Values.Where(entry => entry.Index <= commit)];
        }
    }

    /// <summary>Pairs of a bucket of the database in hex, as <see cref="MemoryBackend.Dump"/> shows them.</summary>
    public string[] Bucket(string name) => [.. _decoded.GetProperty("db").GetProperty("buckets").GetProperty(name).GetProperty("kv").EnumerateArray()
        .Select(static pair => $"{pair.GetProperty("k").GetString()}={pair.GetProperty("v").GetString()}")];

    public ulong ConsistentIndex => Bucket("meta").Where(static pair => pair.StartsWith("636f6e73697374656e745f696e646578=", StringComparison.Ordinal))
        .Select(static pair => Convert.ToUInt64(pair.Split('=')[1], 16)).SingleOrDefault();

    /// <summary>Index and v2 document of every .snap file, oldest first. Of a cluster, of the member that the name tells.</summary>
    public static IReadOnlyList<(ulong Index, byte[] Document)> ReadSnaps(string name)
    {
        string[] parts = name.Split('.');
        using FileStream file = File.OpenRead(Path.Combine(Golden.Root, parts[0] + ".tar.gz"));
        using var gzip = new GZipStream(file, CompressionMode.Decompress);
        using var tar = new TarReader(gzip);
        SortedDictionary<string, byte[]> files = new(StringComparer.Ordinal);
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry.Name.EndsWith(".snap", StringComparison.Ordinal) && (parts.Length == 1 || entry.Name.Contains($"/{parts[1]}/", StringComparison.Ordinal)))
                files[entry.Name] = ReadAll(entry.DataStream!);
        }
        return [.. files.Values.Select(DecodeSnap)];
    }

    // snappb.snapshot {1 crc, 2 data}, whose data is raftpb.Snapshot {1 data, 2 metadata {1 conf_state, 2 index, 3 term}}
    private static (ulong Index, byte[] Document) DecodeSnap(byte[] file)
    {
        Snapshot snapshot = SnapshotCodec.Read(Field(file, 2));
        return (snapshot.Metadata.Index, snapshot.Data.ToArray());
    }

    private static ReadOnlyMemory<byte> Field(ReadOnlyMemory<byte> message, int wanted)
    {
        var reader = new Etcd.Protocol.Wire.WireReader(message.Span);
        while (reader.TryReadTag(out int field, out Etcd.Protocol.Wire.WireType type))
        {
            if (field == wanted)
                return message[reader.ReadRange(type)];
            reader.Skip(type);
        }
        throw new InvalidDataException($"field {wanted} is missing");
    }

    private static byte[] ReadAll(Stream stream)
    {
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static EntryType TypeOf(JsonElement record) =>
        record.GetProperty("entry_type").GetString() == "EntryConfChange" ? EntryType.ConfChange : EntryType.Normal;

    private static byte[] DataOf(JsonElement record) =>
        record.TryGetProperty("entry_data_hex", out JsonElement hex) ? Convert.FromHexString(hex.GetString()!) : [];
}
