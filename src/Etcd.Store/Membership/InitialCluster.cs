using System.Diagnostics.CodeAnalysis;
using Etcd.Foundation;
using Etcd.Foundation.Ids;

namespace Etcd.Store.Membership;

/// <summary>The members that a new cluster begins with (<c>--initial-cluster</c>), spec peer §10.1.</summary>
/// <remarks>Texts are etcd's. Host names are not resolved here.</remarks>
public sealed class InitialCluster
{
    // By name in byte-wise order; URLs in normal form, sorted.
    private readonly SortedDictionary<string, IReadOnlyList<string>> _urls;

    private InitialCluster(SortedDictionary<string, IReadOnlyList<string>> urls) => _urls = urls;

    public IReadOnlyDictionary<string, IReadOnlyList<string>> PeerUrlsByName => _urls;

    /// <summary>Reads <c>name=url,name=url,…</c>; a name that comes twice has both URLs.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out InitialCluster? cluster, [NotNullWhen(false)] out string? error)
    {
        cluster = null;
        error = null;
        Dictionary<string, List<string>> typed = [];
        foreach (string part in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? part : part[..equals];
            if (!typed.TryGetValue(name, out List<string>? urls))
                typed[name] = urls = [];
            urls.Add(equals < 0 ? "" : part[(equals + 1)..]);
        }
        SortedDictionary<string, IReadOnlyList<string>> normal = new(GoStringComparer.Instance);
        foreach ((string name, List<string> urls) in typed.OrderBy(static pair => pair.Key, GoStringComparer.Instance))
        {
            if (!PeerUrls.TryNormalize(urls, out IReadOnlyList<string>? list, out error))
                return false;
            normal[name] = list;
        }
        cluster = new InitialCluster(normal);
        return true;
    }

    /// <summary>Checks before a member of this name starts a cluster or joins one.</summary>
    /// <param name="name">Of this member (<c>--name</c>).</param>
    /// <returns>etcd's text, or null if all is well.</returns>
    public string? CheckNames(string name)
    {
        if (!_urls.ContainsKey(name))
            return $"couldn't find local name \"{name}\" in the initial cluster configuration";
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return _urls.Values.SelectMany(static urls => urls).All(seen.Add) ? null : $"initial cluster {this} has duplicate url";
    }

    /// <summary>What to tell if the URLs listed for this member are not the ones that it advertises.</summary>
    /// <param name="name">Of this member; listed.</param>
    /// <param name="advertised"><c>--initial-advertise-peer-urls</c> in normal form.</param>
    /// <param name="reason">How comparing the resolved addresses failed.</param>
    public string DescribeMismatch(string name, IReadOnlyList<string> advertised, string reason)
    {
        string sorted = string.Join(',', advertised.Order(GoStringComparer.Instance));
        string[] missing = [.. _urls[name].Except(advertised)];
        if (missing.Length > 0)
            return $"--initial-cluster has {string.Join(',', missing.Select(url => $"{name}={url}"))} but missing from --initial-advertise-peer-urls={sorted} ({reason})";
        string listed = string.Join(',', advertised.Select(url => $"{name}={url}").Order(GoStringComparer.Instance));
        missing = [.. advertised.Except(_urls[name]).Order(GoStringComparer.Instance)];
        return missing.Length > 0
            ? $"--initial-advertise-peer-urls has {string.Join(',', missing)} but missing from --initial-cluster={listed}"
            : $"failed to resolve {sorted} to match --initial-cluster={listed} ({reason})";
    }

    /// <summary>The members by ascending id.</summary>
    /// <param name="token"><c>--initial-cluster-token</c>, or what discovery uses in its place.</param>
    public bool TryMakeMembers(string token, [NotNullWhen(true)] out IReadOnlyList<Member>? members, [NotNullWhen(false)] out string? error)
    {
        members = null;
        error = null;
        SortedDictionary<ulong, Member> byId = [];
        foreach ((string name, IReadOnlyList<string> urls) in _urls)
        {
            var member = new Member(ClusterIdentity.InitialMemberId(urls, token)) { Name = name, PeerUrls = urls };
            if (member.Id == 0)
                error = "cannot use 0 as member id";
            else if (!byId.TryAdd(member.Id, member))
                error = $"member exists with identical ID {member.Id:x}";
            if (error is not null)
                return false;
        }
        members = [.. byId.Values];
        return true;
    }

    public override string ToString() =>
        string.Join(',', _urls.SelectMany(static pair => pair.Value.Select(url => $"{pair.Key}={url}")).Order(GoStringComparer.Instance));
}
