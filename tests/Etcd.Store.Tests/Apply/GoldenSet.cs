using System.Buffers.Binary;
using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;
using Etcd.Protocol.Raft;
using Etcd.Protocol.Wire;
using Etcd.TestKit;

namespace Etcd.Store.Tests.Apply;

/// <summary>What a real etcd server wrote, decoded by an independent tool (tests/Golden/README.md).</summary>
internal sealed class GoldenSet
{
    private const ulong EntryRecord = 2;
    private const ulong StateRecord = 3;

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
    public IReadOnlyList<Entry> ReadEntries()
    {
        SortedDictionary<ulong, Entry> entries = [];
        ulong commit = 0;
        foreach ((_, byte[] segment) in ReadFiles(Name, ".wal"))
        {
            foreach ((ulong type, ReadOnlyMemory<byte> data) in Records(segment))
            {
                if (type == StateRecord)
                    commit = HardStateCodec.Read(data.Span).Commit;
                if (type != EntryRecord)
                    continue;
                Entry entry = EntryCodec.Read(data);
                foreach (ulong later in entries.Keys.Where(key => key >= entry.Index).ToArray())
                    entries.Remove(later);
                entries[entry.Index] = entry;
            }
        }
        return [.. entries.Values.Where(entry => entry.Index <= commit)];
    }

    /// <summary>Pairs of a bucket of the database in hex, as <see cref="MemoryBackend.Dump"/> shows them.</summary>
    public string[] Bucket(string name) => [.. _decoded.GetProperty("db").GetProperty("buckets").GetProperty(name).GetProperty("kv").EnumerateArray()
        .Select(static pair => $"{pair.GetProperty("k").GetString()}={pair.GetProperty("v").GetString()}")];

    public ulong ConsistentIndex => Bucket("meta").Where(static pair => pair.StartsWith("636f6e73697374656e745f696e646578=", StringComparison.Ordinal))
        .Select(static pair => Convert.ToUInt64(pair.Split('=')[1], 16)).SingleOrDefault();

    /// <summary>Index and v2 document of every .snap file, oldest first. Of a cluster, of the member that the name tells.</summary>
    public static IReadOnlyList<(ulong Index, byte[] Document)> ReadSnaps(string name) => [.. ReadFiles(name, ".snap").Select(static file => DecodeSnap(file.Content))];

    /// <summary>The database file.</summary>
    public static byte[] ReadDatabase(string name) => ReadFiles(name, "/snap/db").Single().Content;

    // By name. Log segments are mostly zeros; they are cut behind their records.
    private static List<(string Name, byte[] Content)> ReadFiles(string name, string ending)
    {
        string[] parts = name.Split('.');
        using FileStream file = File.OpenRead(Path.Combine(Golden.Root, parts[0] + ".tar.gz"));
        using var gzip = new GZipStream(file, CompressionMode.Decompress);
        using var tar = new TarReader(gzip);
        List<(string Name, byte[] Content)> files = [];
        while (tar.GetNextEntry() is { } entry)
        {
            bool isWanted = entry.Name.EndsWith(ending, StringComparison.Ordinal)
                && (parts.Length == 1 || entry.Name.Contains($"/{parts[1]}/", StringComparison.Ordinal));
            if (isWanted)
                files.Add((entry.Name, ending == ".wal" ? ReadSegment(entry.DataStream!) : ReadAll(entry.DataStream!)));
        }
        files.Sort(static (left, right) => string.CompareOrdinal(left.Name, right.Name));
        return files;
    }

    private static byte[] ReadSegment(Stream stream)
    {
        using var bytes = new MemoryStream();
        byte[] frame = new byte[sizeof(ulong)];
        while (stream.ReadAtLeast(frame.AsSpan(0, sizeof(ulong)), sizeof(ulong), throwOnEndOfStream: false) == sizeof(ulong) && FrameBytes(frame) > 0)
        {
            int length = FrameBytes(frame);
            bytes.Write(frame, 0, sizeof(ulong));
            byte[] body = new byte[length];
            stream.ReadExactly(body);
            bytes.Write(body);
        }
        return bytes.ToArray();
    }

    // spec disk §2.1: bits 55..0 are the record's bytes; if bit 63 is set, bits 58..56 are the padding behind it.
    private static int FrameBytes(ReadOnlySpan<byte> word)
    {
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(word);
        return (int)(length & 0xFF_FFFF_FFFF_FFFF) + (length >> 63 == 1 ? (int)(length >> 56 & 7) : 0);
    }

    // walpb.Record {1 type, 2 crc, 3 data}
    private static IEnumerable<(ulong Type, ReadOnlyMemory<byte> Data)> Records(byte[] segment)
    {
        for (int at = 0; at < segment.Length;)
        {
            int bytes = (int)(BinaryPrimitives.ReadUInt64LittleEndian(segment.AsSpan(at)) & 0xFF_FFFF_FFFF_FFFF);
            yield return ReadRecord(segment.AsMemory(at + sizeof(ulong), bytes));
            at += sizeof(ulong) + FrameBytes(segment.AsSpan(at));
        }
    }

    private static (ulong Type, ReadOnlyMemory<byte> Data) ReadRecord(ReadOnlyMemory<byte> record)
    {
        ulong recordType = 0;
        ReadOnlyMemory<byte> data = default;
        var reader = new WireReader(record.Span);
        while (reader.TryReadTag(out int field, out WireType type))
        {
            if (field == 1)
                recordType = reader.ReadVarint(type);
            else if (field == 3)
                data = record[reader.ReadRange(type)];
            else
                reader.Skip(type);
        }
        return (recordType, data);
    }

    // snappb.snapshot {1 crc, 2 data}, whose data is raftpb.Snapshot {1 data, 2 metadata {1 conf_state, 2 index, 3 term}}
    private static (ulong Index, byte[] Document) DecodeSnap(byte[] file)
    {
        Snapshot snapshot = SnapshotCodec.Read(Field(file, 2));
        return (snapshot.Metadata.Index, snapshot.Data.ToArray());
    }

    private static ReadOnlyMemory<byte> Field(ReadOnlyMemory<byte> message, int wanted)
    {
        var reader = new WireReader(message.Span);
        while (reader.TryReadTag(out int field, out WireType type))
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
}
