using Etcd.Pki.Errors;

namespace Etcd.Pki.Files;

/// <summary>Writes files whole or not at all, with the right mode from the first byte on.</summary>
public static class AtomicFile
{
    /// <summary>0600: private keys.</summary>
    public const UnixFileMode KeyMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>0644: CSRs and the like.</summary>
    public const UnixFileMode PublicMode = KeyMode | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>0664: certificates, as cfssljson asks for; the umask usually makes 0644 of it.</summary>
    public const UnixFileMode CertificateMode = PublicMode | UnixFileMode.GroupWrite;

    /// <summary>Replaces or creates a file: written beside it, synced, renamed over it.</summary>
    /// <param name="path">A symbolic link is followed; the mode of an existing file stays.</param>
    /// <param name="contents">The whole contents.</param>
    /// <param name="mode">For a new file, before the umask.</param>
    /// <exception cref="PkiException">The file cannot be written; nothing has changed.</exception>
    public static void Write(string path, ReadOnlySpan<byte> contents, UnixFileMode mode)
    {
        try
        {
            string target = new FileInfo(path).LinkTarget is null ? path : File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName;
            if (File.Exists(target) && TryWriteDevice(target, contents))
                return;
            UnixFileMode? keptMode = !OperatingSystem.IsWindows() && File.Exists(target) ? File.GetUnixFileMode(target) : null;
            Replace(target, contents, keptMode, mode);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new PkiException($"open {path}: {InputFile.Reason(error)}");
        }
    }

    /// <summary>As <see cref="Write"/>, also over a read-only file; the file gets the mode that is given.</summary>
    /// <exception cref="PkiException">The file cannot be written; nothing has changed.</exception>
    public static void WriteReadOnly(string path, ReadOnlySpan<byte> contents, UnixFileMode mode)
    {
        try
        {
            Replace(path, contents, keptMode: null, mode);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new PkiException($"open {path}: {InputFile.Reason(error)}");
        }
    }

    /// <summary>As <see cref="Write"/>, but refuses to replace a file.</summary>
    /// <param name="isForced">Replace it after all.</param>
    /// <exception cref="PkiException">The file is there already, or cannot be written.</exception>
    public static void WriteNew(string path, ReadOnlySpan<byte> contents, UnixFileMode mode, bool isForced)
    {
        if (!isForced && File.Exists(path))
            throw new PkiException($"open {path}: file exists", $"{path} is kept as it is; say --force to replace it");
        Write(path, contents, mode);
    }

    // A pipe or a device has no "beside". Opening for writing also refuses a read-only file, as writing in place would.
    private static bool TryWriteDevice(string target, ReadOnlySpan<byte> contents)
    {
        using var file = new FileStream(target, FileMode.Open, FileAccess.Write);
        if (file.CanSeek && !target.StartsWith("/dev/", StringComparison.Ordinal))
            return false;
        file.Write(contents);
        return true;
    }

    private static void Replace(string target, ReadOnlySpan<byte> contents, UnixFileMode? keptMode, UnixFileMode mode)
    {
        string beside = $"{target}.{Path.GetRandomFileName()}.tmp";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = keptMode is null ? mode : mode & KeyMode;
        try
        {
            using (var file = new FileStream(beside, options))
            {
                if (keptMode is { } kept && !OperatingSystem.IsWindows())
                    File.SetUnixFileMode(file.SafeFileHandle, kept);
                file.Write(contents);
                file.Flush(flushToDisk: true);
            }
            File.Move(beside, target, overwrite: true);
        }
        catch
        {
            File.Delete(beside);
            throw;
        }
    }
}
