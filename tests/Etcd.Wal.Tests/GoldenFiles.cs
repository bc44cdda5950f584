using System.Collections.Concurrent;
using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json.Nodes;
using Etcd.Foundation.Files;
using Etcd.Protocol.Raft;
using Etcd.TestKit;

namespace Etcd.Wal.Tests;

/// <summary>One file of a golden data directory.</summary>
/// <param name="Path">In the archive, e.g. <c>v35-mixed/member/wal/….wal</c>.</param>
/// <param name="Bytes">Without the zeros at the end.</param>
/// <param name="Length">With them: segments are preallocated to 64 MB.</param>
internal sealed record GoldenFile(string Path, byte[] Bytes, long Length)
{
    public string Name => System.IO.Path.GetFileName(Path);
}

/// <summary>One member's directory in a golden set, unpacked in memory, and what an independent decoder saw in it.</summary>
internal sealed class GoldenMember
{
    private static readonly ConcurrentDictionary<string, Lazy<GoldenFile[]>> s_archives = new(StringComparer.Ordinal);

    private GoldenMember(string set, string member)
    {
        Name = member.Length == 0 ? set : $"{set}.{member}";
        Files = [.. Archive(set).Where(file => member.Length == 0 || file.Path.Contains($"/{member}/", StringComparison.Ordinal))];
        Decoded = JsonNode.Parse(Golden.ReadGzip(Name + ".decoded.json"))!;
    }

    public string Name { get; }

    public GoldenFile[] Files { get; }

    public JsonNode Decoded { get; }

    public IEnumerable<GoldenFile> Segments => Files.Where(static file => file.Path.Contains("/wal/", StringComparison.Ordinal) && file.Path.EndsWith(".wal", StringComparison.Ordinal));

    public IEnumerable<GoldenFile> Snapshots => Files.Where(static file => file.Path.EndsWith(".snap", StringComparison.Ordinal));

    public WireDialect Dialect => Name.StartsWith("v37", StringComparison.Ordinal) ? WireDialect.V37 : WireDialect.Gogo;

    /// <summary>Names of all members of all sets that have a log.</summary>
    public static TheoryData<string> Names()
    {
        var names = new TheoryData<string>();
        foreach (string file in Directory.GetFiles(Golden.Root, "*.decoded.json.gz").Order(StringComparer.Ordinal))
            names.Add(System.IO.Path.GetFileName(file)[..^".decoded.json.gz".Length]);
        return names;
    }

    public static GoldenMember Load(string name)
    {
        int dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? new GoldenMember(name, "") : new GoldenMember(name[..dot], name[(dot + 1)..]);
    }

    /// <summary>Copies the log to <paramref name="directory"/> of a disk, segments with their full length.</summary>
    public void InstallLog(IFileSystem disk, string directory)
    {
        disk.CreateDirectory(directory);
        foreach (GoldenFile segment in Segments)
        {
            using IFile file = disk.OpenFile(System.IO.Path.Combine(directory, segment.Name), FileOpenMode.Truncate);
            file.SetLength(segment.Length);
            file.Write(0, segment.Bytes);
            file.Sync();
        }
        disk.SyncDirectory(directory);
    }

    private static GoldenFile[] Archive(string set) =>
        s_archives.GetOrAdd(set, static set => new Lazy<GoldenFile[]>(() => [.. ReadArchive(set)])).Value;

    private static IEnumerable<GoldenFile> ReadArchive(string set)
    {
        using FileStream file = File.OpenRead(System.IO.Path.Combine(Golden.Root, set + ".tar.gz"));
        using var gzip = new GZipStream(file, CompressionMode.Decompress);
        using var tar = new TarReader(gzip);
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry.DataStream is not null)
                yield return new GoldenFile(entry.Name, ReadWithoutTrailingZeros(entry.DataStream), entry.Length);
        }
    }

    private static byte[] ReadWithoutTrailingZeros(Stream stream)
    {
        using var bytes = new MemoryStream();
        byte[] block = new byte[256 * 1024];
        int used = 0;
        for (int at = 0, read; (read = stream.ReadAtLeast(block, block.Length, throwOnEndOfStream: false)) > 0; at += read)
        {
            int last = block.AsSpan(0, read).LastIndexOfAnyExcept((byte)0);
            if (last < 0)
                continue;
            bytes.SetLength(at);
            bytes.Position = at;
            bytes.Write(block, 0, last + 1);
            used = at + last + 1;
        }
        return bytes.ToArray()[..used];
    }
}
