using System.Globalization;
using System.Text;
using Etcd.Foundation;
using Etcd.Store.V2;

namespace Etcd.Store.Membership;

/// <summary>How membership stands in the v2 store below <c>/0</c> (spec disk §9).</summary>
internal static class MembershipV2
{
    public const string VersionPath = "/0/version";
    private const string MembersPath = "/0/members";
    private const string RemovedPath = "/0/removed_members";
    private const string RaftAttributes = "raftAttributes";
    private const string Attributes = "attributes";

    /// <exception cref="CorruptException">The document has a member that cannot be read.</exception>
    public static ClusterView Load(V2Store store) => new(
        [.. ChildrenOf(store, MembersPath).Select(static node => LoadMember(node)).OrderBy(static member => member.Id)],
        [.. ChildrenOf(store, RemovedPath).Select(static node => ParseId(V2Path.NameOf(node.Key))).Order()],
        LoadVersion(store),
        DowngradeInfo.None);

    /// <summary>The member whose attributes a path names: <c>/0/members/&lt;hex id&gt;/attributes</c>.</summary>
    public static bool TryParseAttributesPath(string path, out ulong id)
    {
        id = 0;
        string[] parts = path.Split('/');
        return parts is ["", "0", "members", { Length: >= 1 and <= 16 } hex, Attributes]
            && ulong.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out id);
    }

    public static void Add(V2Store store, Member member) =>
        store.Create(PathOf(member.Id, RaftAttributes), directory: false, Text(MemberJson.EncodeRaftAttributes(member)), inOrder: false, V2Expiry.Never, now: 0);

    public static void UpdateRaftAttributes(V2Store store, Member member) =>
        store.Update(PathOf(member.Id, RaftAttributes), Text(MemberJson.EncodeRaftAttributes(member)), V2Expiry.Never, now: 0);

    public static void SetAttributes(V2Store store, Member member) =>
        store.Set(PathOf(member.Id, Attributes), directory: false, Text(MemberJson.EncodeAttributes(member)), V2Expiry.Never, now: 0);

    public static void Remove(V2Store store, ulong id)
    {
        store.Delete($"{MembersPath}/{id:x}", directory: true, recursive: true, now: 0);
        AddRemoved(store, id);
    }

    public static void AddRemoved(V2Store store, ulong id) =>
        store.Create($"{RemovedPath}/{id:x}", directory: false, "", inOrder: false, V2Expiry.Never, now: 0);

    public static void SetVersion(V2Store store, ClusterVersion version) =>
        store.Set(VersionPath, directory: false, version.ToString(), V2Expiry.Never, now: 0);

    private static string PathOf(ulong id, string leaf) => $"{MembersPath}/{id:x}/{leaf}";

    private static IReadOnlyList<V2NodeView> ChildrenOf(V2Store store, string path) => store.Peek(path)?.Nodes ?? [];

    private static ClusterVersion? LoadVersion(V2Store store)
    {
        if (store.Peek(VersionPath)?.Value is not { } text)
            return null;
        return ClusterVersion.TryParse(text, out ClusterVersion version) ? version : throw Corrupt($"the cluster version \"{text}\"");
    }

    private static Member LoadMember(V2NodeView directory)
    {
        var member = new Member(ParseId(V2Path.NameOf(directory.Key)));
        try
        {
            foreach (V2NodeView leaf in directory.Nodes)
            {
                if (V2Path.NameOf(leaf.Key) is RaftAttributes or Attributes)
                    member = MemberJson.Decode(Encoding.UTF8.GetBytes(leaf.Value ?? ""), member);
            }
        }
        catch (FormatException e)
        {
            throw Corrupt($"{directory.Key}: {e.Message}");
        }
        return member;
    }

    private static ulong ParseId(string hex) =>
        ulong.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong id)
            ? id
            : throw Corrupt($"\"{hex}\", which is no member id");

    private static string Text(byte[] json) => Encoding.UTF8.GetString(json);

    private static CorruptException Corrupt(string what) => new("snap", -1, $"the v2 store holds {what}");
}
