using System.Formats.Tar;
using System.IO.Compression;

namespace Etcd.TestKit;

/// <summary>Data that real etcd servers wrote, see tests/Golden/README.md.</summary>
public static class Golden
{
    /// <summary>The folder tests/Golden of the repository that the running test belongs to.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Unpacks <c>&lt;set&gt;.tar.gz</c> (or <c>corrupted/&lt;set&gt;.tar.gz</c>) into a fresh temporary folder.</summary>
    /// <returns>The data directory (the one that has <c>member/</c>), or for a cluster set the folder of its members.</returns>
    public static string Unpack(string set, string targetDirectory)
    {
        string archive = Path.Combine(Root, set + ".tar.gz");
        if (!File.Exists(archive))
            archive = Path.Combine(Root, "corrupted", set + ".tar.gz");
        using FileStream file = File.OpenRead(archive);
        using var gzip = new GZipStream(file, CompressionMode.Decompress);
        TarFile.ExtractToDirectory(gzip, targetDirectory, overwriteFiles: true);
        string data = Path.Combine(targetDirectory, set);
        return Directory.Exists(data) ? data : Directory.GetDirectories(targetDirectory).Single();
    }

    /// <summary>Unzips <c>name.gz</c>, e.g. <c>v35-mixed.decoded.json</c> or <c>v35-tree.snapshot.db</c>.</summary>
    public static byte[] ReadGzip(string name)
    {
        using FileStream file = File.OpenRead(Path.Combine(Root, name + ".gz"));
        using var gzip = new GZipStream(file, CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        gzip.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "tests", "Golden");
            if (Directory.Exists(candidate))
                return candidate;
        }
        throw new DirectoryNotFoundException("tests/Golden was not found above " + AppContext.BaseDirectory);
    }
}
