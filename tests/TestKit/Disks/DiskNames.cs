namespace Etcd.TestKit.Disks;

/// <summary>The directory tree of a <see cref="CrashDisk"/>: what programs see, and the journal of changes that no directory
/// sync has made durable yet.</summary>
/// <remarks>As on a journaling file system, changes become durable in the order in which they were made: a sync of one
/// directory takes along everything older, and after a power cut a prefix of the rest is there. A rename is one change.</remarks>
internal sealed class DiskNames
{
    private sealed record Change(string[] Directories, (string Path, DiskContent? Content, bool Exists)[] Entries);

    // A path maps to the content of a file, or to null for a directory.
    private readonly SortedDictionary<string, DiskContent?> _entries = new(StringComparer.Ordinal) { ["/"] = null };
    private readonly SortedDictionary<string, DiskContent?> _durable = new(StringComparer.Ordinal) { ["/"] = null };
    private readonly List<Change> _journal = [];

    public IEnumerable<DiskContent> Files => _entries.Values.OfType<DiskContent>();

    public static string ParentOf(string path) => path.LastIndexOf('/') is > 0 and int end ? path[..end] : "/";

    public bool DirectoryExists(string path) => _entries.TryGetValue(path, out DiskContent? content) && content is null;

    public DiskContent? Find(string path) => _entries.GetValueOrDefault(path);

    public bool Exists(string path) => _entries.ContainsKey(path);

    public string[] List(string directory) =>
        [.. _entries.Keys.Where(p => p != "/" && ParentOf(p) == directory).Select(static p => p[(p.LastIndexOf('/') + 1)..])];

    public void Add(string path, DiskContent? content) => Apply(new([ParentOf(path)], [(path, content, true)]));

    public void Remove(string path) =>
        Apply(new([ParentOf(path)], [.. Subtree(path).Select(static e => (e.Key, e.Value, false))]));

    public void Rename(string from, string to) =>
        Apply(new(
            [ParentOf(from), ParentOf(to)],
            [
                .. Subtree(from).Select(static e => (e.Key, e.Value, false)),
                .. Subtree(from).Select(e => (to + e.Key[from.Length..], e.Value, true)),
            ]));

    public void Sync(string directory)
    {
        int last = _journal.FindLastIndex(c => c.Directories.Contains(directory));
        foreach (Change change in _journal.Take(last + 1))
            Apply(_durable, change);
        _journal.RemoveRange(0, last + 1);
    }

    /// <summary>The tree as found after a power cut now.</summary>
    public DiskNames AfterPowerCut(Random random, UnsyncedFates fates)
    {
        var names = new DiskNames();
        Copy(_durable, names._entries);
        int kept = fates switch
        {
            UnsyncedFates.Kept => _journal.Count,
            UnsyncedFates.Dropped => 0,
            _ => random.Next(_journal.Count + 1),
        };
        foreach (Change change in _journal.Take(kept))
            Apply(names._entries, change);
        foreach ((string path, DiskContent? content) in names._entries.ToArray())
        {
            if (content is not null)
                names._entries[path] = content.AfterPowerCut(random, fates);
        }
        Copy(names._entries, names._durable);
        return names;
    }

    private void Apply(Change change)
    {
        Apply(_entries, change);
        _journal.Add(change);
    }

    private KeyValuePair<string, DiskContent?>[] Subtree(string path) =>
        [.. _entries.Where(e => e.Key == path || e.Key.StartsWith(path + "/", StringComparison.Ordinal))];

    private static void Apply(SortedDictionary<string, DiskContent?> entries, Change change)
    {
        foreach ((string path, DiskContent? content, bool exists) in change.Entries)
        {
            if (exists)
                entries[path] = content;
            else
                entries.Remove(path);
        }
    }

    private static void Copy(SortedDictionary<string, DiskContent?> from, SortedDictionary<string, DiskContent?> to)
    {
        foreach ((string path, DiskContent? content) in from)
            to[path] = content;
    }
}
