namespace Etcd.Store.V2;

/// <summary>Paths of the v2 store: absolute, slashes between components, none at the end except in the root "/".</summary>
public static class V2Path
{
    /// <summary>Members, removed ids and cluster version.</summary>
    public const string ClusterRoot = "/0";

    /// <summary>What clients see as "/".</summary>
    public const string KeysRoot = "/1";

    /// <summary>Users, roles and switch of the v2 authentication (values are JSON that the HTTP layer reads and writes).</summary>
    public const string AuthRoot = "/2";

    public const string AuthUsers = "/2/users";
    public const string AuthRoles = "/2/roles";
    public const string AuthEnabled = "/2/enabled";

    /// <summary>Makes any text a path: roots it and resolves "//", "." and ".." (which never leaves the root).</summary>
    public static string Clean(string path)
    {
        if (IsClean(path))
            return path;
        List<string> components = [];
        foreach (string component in path.Split('/'))
        {
            if (component == ".." && components.Count > 0)
                components.RemoveAt(components.Count - 1);
            else if (component.Length > 0 && component is not ("." or ".."))
                components.Add(component);
        }
        return "/" + string.Join('/', components);
    }

    public static string Join(string directory, string name) => directory.Length == 1 ? directory + name : $"{directory}/{name}";

    /// <summary>The last component; empty for the root.</summary>
    public static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    /// <summary>A component that begins with an underscore is left out of listings and of watches further up.</summary>
    public static bool IsHiddenName(ReadOnlySpan<char> name) => name.StartsWith('_');

    /// <summary>Whether something hidden lies on the way from a watched path down to a key.</summary>
    public static bool IsHiddenBelow(string watched, string key)
    {
        // A removed directory also wakes watches below it.
        if (watched.Length > key.Length)
            return false;
        return Clean(key[watched.Length..]).Contains("/_", StringComparison.Ordinal);
    }

    private static bool IsClean(string path)
    {
        if (path.Length == 0 || path[0] != '/')
            return false;
        if (path.Length == 1)
            return true;
        foreach (Range range in path.AsSpan(1).Split('/'))
        {
            if (path.AsSpan(1)[range] is "" or "." or "..")
                return false;
        }
        return true;
    }
}
