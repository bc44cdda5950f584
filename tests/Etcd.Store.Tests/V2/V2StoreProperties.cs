using Etcd.Store.V2;

namespace Etcd.Store.Tests.V2;

/// <summary>The tree against a twin that keeps a flat list of paths and looks at all of it.</summary>
public sealed class V2StoreProperties
{
    private sealed record Entry(string Path, bool IsDirectory, string Value, ulong Created, ulong Modified, long Expiration);

    private sealed class Twin
    {
        private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal)
        {
            ["/"] = new Entry("/", IsDirectory: true, "", 0, 0, 0),
            ["/0"] = new Entry("/0", IsDirectory: true, "", 0, 0, 0),
            ["/1"] = new Entry("/1", IsDirectory: true, "", 0, 0, 0),
        };

        public ulong Index { get; private set; }

        public string Put(string action, string path, bool directory, string value, bool replace, V2Expiry expiry)
        {
            Entry? old = _entries.GetValueOrDefault(path);
            if (action == "set" && WhatIsInTheWay(path) is { } early && early.StartsWith("104", StringComparison.Ordinal))
                return early;
            if (expiry.Refresh && old is null)
                return WhatIsInTheWay(path)!;
            if (IsRoot(path))
                return "107 /";
            if (Ancestors(path).Select(_entries.GetValueOrDefault).FirstOrDefault(static entry => entry is { IsDirectory: false }) is { } file)
                return $"104 {file.Path}";
            if (old is not null && (!replace || old.IsDirectory))
                return $"{(replace ? 102 : 105)} {path}";
            Index++;
            foreach (string parent in Ancestors(path).Where(parent => !_entries.ContainsKey(parent)))
                _entries[parent] = new Entry(parent, IsDirectory: true, "", Index, Index, 0);
            if (expiry.Refresh)
                value = old!.Value;
            _entries[path] = new Entry(path, directory, directory ? "" : value, Index, Index, expiry.UnixNanoseconds);
            return Shown(action, _entries[path]) + (old is not null && action == "set" ? $" was {old.Value}@{old.Modified}" : "");
        }

        public string Rewrite(string action, string path, string prevValue, ulong prevIndex, string value, V2Expiry expiry)
        {
            if (IsRoot(path))
                return "107 /";
            if (WhatIsInTheWay(path) is { } refusal)
                return refusal;
            Entry old = _entries[path];
            if (old.IsDirectory && (action == "compareAndSwap" || value.Length > 0))
                return $"102 {path}";
            if (action == "compareAndSwap" && Differs(old, prevValue, prevIndex))
                return "101";
            Index++;
            _entries[path] = old.IsDirectory
                ? old with { Expiration = expiry.UnixNanoseconds }
                : old with { Value = expiry.Refresh ? old.Value : value, Modified = Index, Expiration = expiry.UnixNanoseconds };
            return Shown(action, _entries[path] with { Modified = Index }) + $" was {old.Value}@{old.Modified}";
        }

        public string Delete(string path, bool directory, bool recursive)
        {
            if (IsRoot(path))
                return "107 /";
            if (WhatIsInTheWay(path) is { } refusal)
                return refusal;
            Entry old = _entries[path];
            if (old.IsDirectory && !directory && !recursive)
                return $"102 {path}";
            if (Below(path).Any() && !recursive)
                return $"108 {path}";
            return Remove("delete", old);
        }

        public string CompareAndDelete(string path, string prevValue, ulong prevIndex)
        {
            if (WhatIsInTheWay(path) is { } refusal)
                return refusal;
            Entry old = _entries[path];
            if (old.IsDirectory)
                return $"102 {path}";
            return Differs(old, prevValue, prevIndex) ? "101" : Remove("compareAndDelete", old);
        }

        public void Expire(long cutoff)
        {
            while (_entries.Values.Where(entry => entry.Expiration != 0 && entry.Expiration <= cutoff).OrderBy(static entry => entry.Expiration).ThenBy(static entry => entry.Path, StringComparer.Ordinal).FirstOrDefault() is { } due)
                Remove("expire", due);
        }

        public IEnumerable<string> Dump() => _entries.Values.Where(static entry => !entry.Path.Contains("/_", StringComparison.Ordinal))
            .OrderBy(static entry => entry.Path.Split('/'), Comparer<string[]>.Create(static (left, right) => left.AsSpan().SequenceCompareTo(right)))
            .Select(static entry => $"{entry.Path} {entry.IsDirectory} {entry.Value} {entry.Created} {entry.Modified} {entry.Expiration}");

        private string Remove(string action, Entry old)
        {
            Index++;
            foreach (string below in Below(old.Path).ToArray())
                _entries.Remove(below);
            _entries.Remove(old.Path);
            return $"{action} {old.Path} {old.IsDirectory}  {old.Created} {Index} 0 was {old.Value}@{old.Modified}";
        }

        // The first component that is missing, or the value that stands where a directory should.
        private string? WhatIsInTheWay(string path)
        {
            foreach (string step in Ancestors(path).Append(path))
            {
                if (!_entries.TryGetValue(step, out Entry? entry))
                    return $"100 {step}";
                if (!entry.IsDirectory && step != path)
                    return $"104 {step}";
            }
            return null;
        }

        private IEnumerable<string> Below(string path) => _entries.Keys.Where(key => key.StartsWith(path + "/", StringComparison.Ordinal));

        private static IEnumerable<string> Ancestors(string path)
        {
            for (int slash = path.IndexOf('/', 1); slash > 0; slash = path.IndexOf('/', slash + 1))
                yield return path[..slash];
        }

        private static bool IsRoot(string path) => path is "/" or "/0" or "/1";

        private static bool Differs(Entry entry, string prevValue, ulong prevIndex) =>
            (prevValue.Length > 0 && prevValue != entry.Value) || (prevIndex > 0 && prevIndex != entry.Modified);

        private static string Shown(string action, Entry entry) =>
            $"{action} {entry.Path} {entry.IsDirectory} {entry.Value} {entry.Created} {entry.Modified} {entry.Expiration}";
    }

    [Theory]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(34)]
    public void RandomHistory_EqualsTwin(int seed)
    {
        var random = new Random(seed);
        var store = new V2Store();
        var twin = new Twin();
        for (int step = 0; step < 5000; step++)
        {
            (string expected, V2Result actual) = Step(random, store, twin);
            Assert.True(expected == Describe(actual), $"seed {seed}, step {step}: expected {expected}, got {Describe(actual)}");
            Assert.Equal(twin.Index, store.Index);
            if (step % 50 == 0)
                Assert.Equal(twin.Dump(), Dump(store));
            if (step % 500 == 0)
                store.Recover(store.Save());
        }
    }

    private static (string Expected, V2Result Actual) Step(Random random, V2Store store, Twin twin)
    {
        string path = Path(random);
        string value = random.Next(3) == 0 ? "" : $"v{random.Next(3)}";
        string prevValue = random.Next(2) == 0 ? "" : $"v{random.Next(3)}";
        ulong prevIndex = random.Next(2) == 0 ? 0 : (ulong)Math.Max(0, (long)twin.Index - random.Next(20));
        var expiry = new V2Expiry(random.Next(3) == 0 ? 2_000_000_000_000_000_000 + random.Next(200) : 0, Refresh: random.Next(8) == 0);
        bool directory = random.Next(4) == 0;
        bool recursive = random.Next(3) == 0;
        switch (random.Next(10))
        {
            case 0 or 1 or 2:
                return (twin.Put("set", path, directory, value, replace: true, expiry), store.Set(path, directory, value, expiry, now: 0));
            case 3:
                expiry = expiry with { Refresh = false };
                return (twin.Put("create", path, directory, value, replace: false, expiry), store.Create(path, directory, value, inOrder: false, expiry, now: 0));
            case 4 or 5:
                return (twin.Rewrite("update", path, "", 0, value, expiry), store.Update(path, value, expiry, now: 0));
            case 6:
                return (twin.Rewrite("compareAndSwap", path, prevValue, prevIndex, value, expiry), store.CompareAndSwap(path, prevValue, prevIndex, value, expiry, now: 0));
            case 7:
                return (twin.Delete(path, directory, recursive), store.Delete(path, directory, recursive, now: 0));
            case 8:
                return (twin.CompareAndDelete(path, prevValue, prevIndex), store.CompareAndDelete(path, prevValue, prevIndex, now: 0));
            default:
                long cutoff = 2_000_000_000_000_000_000 + random.Next(60);
                twin.Expire(cutoff);
                store.DeleteExpired(cutoff, now: 0);
                return ("", default);
        }
    }

    private static string Path(Random random)
    {
        string path = random.Next(40) == 0 ? "" : "/1";
        for (int depth = random.Next(4); depth > 0; depth--)
            path += random.Next(5) switch { 0 => "/_h", int name => $"/{"abc"[name % 3]}" };
        return path.Length == 0 ? "/" : path;
    }

    private static string Describe(V2Result result)
    {
        if (result.Error is { } error)
            return error.Code == V2ErrorCode.TestFailed ? "101" : $"{(int)error.Code} {error.Cause}";
        if (result.Event is not { } happened)
            return "";
        V2NodeView node = happened.Node;
        string previous = happened.PrevNode is { } prev ? $" was {prev.Value}@{prev.ModifiedIndex}" : "";
        return $"{V2Json.NameOf(happened.Action)} {node.Key} {node.IsDirectory} {node.Value} {node.CreatedIndex} {node.ModifiedIndex} {node.Expiration}{previous}";
    }

    private static IEnumerable<string> Dump(V2Store store)
    {
        Stack<V2NodeView> open = new([store.Get("/", recursive: true, now: 0).Event!.Node]);
        while (open.TryPop(out V2NodeView? node))
        {
            foreach (V2NodeView child in node.Nodes.Reverse())
                open.Push(child);
            yield return $"{node.Key} {node.IsDirectory} {node.Value} {node.CreatedIndex} {node.ModifiedIndex} {node.Expiration}";
        }
    }
}
