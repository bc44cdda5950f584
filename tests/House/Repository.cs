namespace House;

/// <summary>The working tree that the running test was built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    public static string Combine(string path) => Path.Combine(Root, path);

    /// <summary>Our own C# files below a folder, without build output.</summary>
    public static IEnumerable<string> Sources(string folder) =>
        Directory.EnumerateFiles(Combine(folder), "*.cs", SearchOption.AllDirectories)
            .Where(static path => !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal));

    private static string Find()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Etcd.slnx")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("no Etcd.slnx above " + AppContext.BaseDirectory);
    }
}
