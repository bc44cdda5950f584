using System.Text;
using Etcd.Server;
using Etcd.Store.Backend;

namespace Etcd.Api;

/// <summary>The three versions that a member reports.</summary>
internal static class MemberVersions
{
    /// <summary>What this program is.</summary>
    public static string Server => MemberOptions.ServerVersion;

    /// <summary>What all members agreed to speak; <c>not_decided</c> before the first leader said so.</summary>
    public static string Cluster(IMember member) => member.Cluster.Current.Version?.ToString() ?? "not_decided";

    /// <summary>Schema of the database file; empty for one that etcd up to 3.5 wrote.</summary>
    public static string Storage(IMember member) =>
        member.Backend.Get(Bucket.Meta, "storageVersion"u8.ToArray()) is { } text ? Encoding.UTF8.GetString(text.Span) : "";
}
