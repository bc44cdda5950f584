namespace Etcd.Store.Backend;

/// <summary>Names of the buckets and of the records in <see cref="Bucket.Meta"/> (spec disk §5).</summary>
internal static class BucketNames
{
    private static readonly byte[][] s_names =
    [
        "alarm"u8.ToArray(),
        "auth"u8.ToArray(),
        "authRoles"u8.ToArray(),
        "authUsers"u8.ToArray(),
        "cluster"u8.ToArray(),
        "key"u8.ToArray(),
        "lease"u8.ToArray(),
        "members"u8.ToArray(),
        "members_removed"u8.ToArray(),
        "meta"u8.ToArray(),
    ];

    public const int Count = (int)Bucket.Meta + 1;

    public static ReadOnlySpan<byte> ConsistentIndex => "consistent_index"u8;

    public static ReadOnlySpan<byte> Term => "term"u8;

    public static ReadOnlySpan<byte> ConfState => "confState"u8;

    public static ReadOnlySpan<byte> StorageVersion => "storageVersion"u8;

    public static byte[] Of(Bucket bucket) => s_names[(int)bucket];
}
