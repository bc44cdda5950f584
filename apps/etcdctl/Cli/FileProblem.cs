namespace Etcdctl.Cli;

/// <summary>File errors in Go's words.</summary>
internal static class FileProblem
{
    /// <param name="operation">What was tried, e.g. <c>open</c>.</param>
    public static string Describe(string operation, string file, Exception problem) => $"{operation} {file}: " + problem switch
    {
        FileNotFoundException or DirectoryNotFoundException => "no such file or directory",
        UnauthorizedAccessException when Directory.Exists(file) => "is a directory",
        UnauthorizedAccessException => "permission denied",
        _ => problem.Message,
    };
}
