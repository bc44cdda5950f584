using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Etcd.Foundation;
using Etcd.Store.Backend;

namespace Etcd.Store.Membership;

/// <summary>How membership stands in the buckets members, members_removed and cluster (spec disk §5.1).</summary>
internal static class MembershipBuckets
{
    private static readonly byte[] s_versionKey = "clusterVersion"u8.ToArray();
    private static readonly byte[] s_downgradeKey = "downgrade"u8.ToArray();
    private static readonly byte[] s_removedValue = "removed"u8.ToArray();
    private static readonly byte[] s_storageVersionKey = "storageVersion"u8.ToArray();

    /// <exception cref="CorruptException">A record cannot be read.</exception>
    public static ClusterView Load(IBackend backend) => new(
        [.. backend.Scan(Bucket.Members).Select(static pair => DecodeMember(pair.Key, pair.Value)).OrderBy(static member => member.Id)],
        [.. backend.Scan(Bucket.MembersRemoved).Select(static pair => ParseId(pair.Key)).Order()],
        LoadVersion(backend),
        LoadDowngrade(backend));

    public static ClusterVersion? LoadVersion(IBackend backend)
    {
        if (backend.Get(Bucket.Cluster, s_versionKey) is not { Length: > 0 } text)
            return null;
        return ClusterVersion.TryParse(Encoding.UTF8.GetString(text.Span), out ClusterVersion version)
            ? version
            : throw Corrupt("cluster", "a cluster version that is no version");
    }

    public static DowngradeInfo LoadDowngrade(IBackend backend) =>
        backend.Get(Bucket.Cluster, s_downgradeKey) is { Length: > 0 } json ? DecodeDowngrade(json) : DowngradeInfo.None;

    /// <summary>True if etcd 3.6 or later, or we, brought the database to their layout.</summary>
    public static bool HasStorageVersion(IBackend backend) => backend.Get(Bucket.Meta, s_storageVersionKey) is { Length: > 0 };

    public static void Store(IBackend backend, Member member) => backend.Put(Bucket.Members, Key(member.Id), MemberJson.Encode(member));

    public static void StoreRemoved(IBackend backend, ulong id) => backend.Put(Bucket.MembersRemoved, Key(id), s_removedValue);

    public static void Delete(IBackend backend, ulong id) => backend.Delete(Bucket.Members, Key(id));

    public static void DeleteRemoved(IBackend backend, ulong id) => backend.Delete(Bucket.MembersRemoved, Key(id));

    public static void Store(IBackend backend, ClusterVersion version) =>
        backend.Put(Bucket.Cluster, s_versionKey, Encoding.ASCII.GetBytes(version.ToString()));

    public static void Store(IBackend backend, DowngradeInfo downgrade)
    {
        var json = new ArrayBufferWriter<byte>();
        GoJson.WriteAscii(json, "{\"target-version\":"u8);
        GoJson.WriteString(json, downgrade.TargetVersion);
        GoJson.WriteAscii(json, downgrade.Enabled ? ",\"enabled\":true}"u8 : ",\"enabled\":false}"u8);
        backend.Put(Bucket.Cluster, s_downgradeKey, json.WrittenSpan.ToArray());
    }

    // Compat: ids are not padded, so the order of the bucket is not the order of the ids.
    private static byte[] Key(ulong id) => Encoding.ASCII.GetBytes(id.ToString("x", CultureInfo.InvariantCulture));

    private static Member DecodeMember(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value)
    {
        ulong id = ParseId(key);
        try
        {
            Member member = MemberJson.Decode(value.Span, new Member(id));
            return member.Id == id ? member : throw Corrupt("members", $"member {member.Id:x} under the key {id:x}");
        }
        catch (FormatException e)
        {
            throw Corrupt("members", e.Message);
        }
    }

    private static ulong ParseId(ReadOnlyMemory<byte> key) =>
        ulong.TryParse(key.Span, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong id)
            ? id
            : throw Corrupt("members", $"the key \"{Encoding.UTF8.GetString(key.Span)}\", which is no member id");

    private static DowngradeInfo DecodeDowngrade(ReadOnlyMemory<byte> json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            return new DowngradeInfo(
                root.TryGetProperty("enabled", out JsonElement enabled) && enabled.GetBoolean(),
                root.TryGetProperty("target-version", out JsonElement target) ? target.GetString() ?? "" : "");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Corrupt("cluster", $"a downgrade job that cannot be read: {e.Message}");
        }
    }

    private static CorruptException Corrupt(string bucket, string what) => new("db", -1, $"bucket {bucket} holds {what}");
}
