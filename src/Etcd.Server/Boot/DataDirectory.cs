using Etcd.Foundation.Files;
using Etcd.Foundation.Logging;

namespace Etcd.Server.Boot;

/// <summary>Creates and checks the folders of a member (spec disk §1).</summary>
internal static class DataDirectory
{
    public static void Prepare(IFileSystem files, MemberOptions options, Logger log)
    {
        Create(files, options.DataDirectory);
        CheckLayout(files, options.DataDirectory, log);
        Create(files, options.MemberDirectory);
        Create(files, options.SnapDirectory);
        CheckWritable(files, options.DataDirectory);
    }

    private static void Create(IFileSystem files, string path)
    {
        try
        {
            string? parent = Path.GetDirectoryName(Path.GetFullPath(path));
            if (parent is not null && !files.DirectoryExists(parent))
                Create(files, parent);
            files.CreateDirectory(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw CannotAccess(path, exception);
        }
    }

    private static void CheckLayout(IFileSystem files, string dataDirectory, Logger log)
    {
        bool member = false, proxy = false;
        foreach (string name in files.List(dataDirectory))
        {
            member |= name == "member";
            proxy |= name == "proxy";
            if (name is not ("member" or "proxy" or "fixtures"))
                log.Warn("found invalid file under data directory", ("filename", name), ("data-dir", dataDirectory));
        }
        if (member && proxy)
        {
            throw new BootException(
                "invalid datadir; both member and proxy directories exist",
                $"{dataDirectory} was used by a member and by a v2 proxy; move one of member/ and proxy/ away");
        }
    }

    private static void CheckWritable(IFileSystem files, string path)
    {
        string probe = Path.Combine(path, ".touch");
        try
        {
            files.OpenFile(probe, FileOpenMode.Truncate).Dispose();
            files.DeleteFile(probe);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw CannotAccess(path, exception);
        }
    }

    private static BootException CannotAccess(string path, Exception cause) => new(
        $"cannot access data directory: {cause.Message}",
        $"make {path} a directory that this user may write to, or choose another with --data-dir",
        cause: cause);
}
