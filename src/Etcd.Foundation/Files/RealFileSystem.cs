namespace Etcd.Foundation.Files;

/// <summary>The machine's own disk.</summary>
public sealed class RealFileSystem : IFileSystem
{
    public static RealFileSystem Instance { get; } = new();

    public IFile OpenFile(string path, FileOpenMode mode, UnixFileMode permissions = FilePermissions.Private)
    {
        if (OperatingSystem.IsLinux())
            return new RealFile(path, Posix.Open(path, mode, permissions));
        FileMode fileMode = mode switch
        {
            FileOpenMode.OpenOrCreate => FileMode.OpenOrCreate,
            FileOpenMode.Truncate => FileMode.Create,
            _ => FileMode.Open,
        };
        FileAccess access = mode == FileOpenMode.Read ? FileAccess.Read : FileAccess.ReadWrite;
        return new RealFile(path, File.OpenHandle(path, fileMode, access, FileShare.ReadWrite | FileShare.Delete));
    }

    public bool FileExists(string path) => File.Exists(path);

    public bool DirectoryExists(string path) => Directory.Exists(path);

    public void CreateDirectory(string path, UnixFileMode permissions = FilePermissions.PrivateDirectory)
    {
        if (Directory.Exists(path))
            return;
        string? parent = Path.GetDirectoryName(Path.GetFullPath(path));
        if (parent is not null && !Directory.Exists(parent))
            throw new DirectoryNotFoundException($"mkdir {path}: no such file or directory");
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, permissions);
    }

    public IReadOnlyList<string> List(string directory)
    {
        string[] names = [.. Directory.EnumerateFileSystemEntries(directory).Select(static p => Path.GetFileName(p))];
        Array.Sort(names, StringComparer.Ordinal);
        return names;
    }

    public void DeleteFile(string path) => File.Delete(path);

    public void DeleteDirectory(string path)
    {
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
    }

    public void Rename(string from, string to)
    {
        if (Directory.Exists(from))
            Directory.Move(from, to);
        else
            File.Move(from, to, overwrite: true);
    }

    public void SyncDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
            return; // NTFS journals directory changes; there is no handle to flush.
        Posix.SyncDirectory(path);
    }
}
