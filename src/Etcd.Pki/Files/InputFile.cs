using Etcd.Pki.Errors;

namespace Etcd.Pki.Files;

/// <summary>Reads small input files and words the failures as Go does: <c>open x: no such file or directory</c>.</summary>
public static class InputFile
{
    /// <summary>No key, certificate, request or configuration comes near this; a device or a log file given by mistake does.</summary>
    public const int LargestBytes = 16 * 1024 * 1024;

    /// <exception cref="PkiException">The file cannot be read.</exception>
    public static byte[] Read(string path)
    {
        if (Directory.Exists(path))
            throw new PkiException($"read {path}: is a directory");
        try
        {
            using FileStream file = File.OpenRead(path);
            return ReadAll(file, path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new PkiException($"open {path}: {Reason(error)}");
        }
    }

    /// <summary>The file as text; what is not UTF-8 becomes U+FFFD.</summary>
    /// <exception cref="PkiException">The file cannot be read.</exception>
    public static string ReadText(string path) => System.Text.Encoding.UTF8.GetString(Read(path));

    /// <exception cref="PkiException">More than <see cref="LargestBytes"/>.</exception>
    public static byte[] ReadAll(Stream input, string name)
    {
        using var bytes = new MemoryStream();
        byte[] buffer = new byte[64 * 1024];
        while (input.Read(buffer) is var count and > 0)
        {
            bytes.Write(buffer, 0, count);
            if (bytes.Length > LargestBytes)
                throw new PkiException($"read {name}: more than {LargestBytes / 1024 / 1024} MiB");
        }
        return bytes.ToArray();
    }

    /// <summary>The operating system's words for a failure.</summary>
    internal static string Reason(Exception error) => error switch
    {
        FileNotFoundException or DirectoryNotFoundException => "no such file or directory",
        UnauthorizedAccessException => "permission denied",
        ArgumentException => "no such file or directory", // An empty path, or one with a zero in it.
        PathTooLongException => "file name too long",
        _ => error.Message,
    };
}
