using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Etcd.Foundation.Ids;

/// <summary>Computes the ids that members give each other, so that all reach the same ones without talking (spec disk §7).</summary>
/// <remarks>SHA-1 is the format, not protection: the ids are public.</remarks>
public static class ClusterIdentity
{
    /// <summary>Id of a member that the cluster began with.</summary>
    /// <param name="peerUrls">Its peer URLs in Go's normal form, in any order.</param>
    /// <param name="clusterToken"><c>--initial-cluster-token</c>.</param>
    public static ulong InitialMemberId(IEnumerable<string> peerUrls, string clusterToken) => MemberId(peerUrls, clusterToken);

    /// <summary>Id of a member that is added to a running cluster: the time tells it from a removed one with the same URLs.</summary>
    /// <param name="peerUrls">Its peer URLs in Go's normal form, in any order.</param>
    /// <param name="now">At the member that proposes the addition; seconds count.</param>
    public static ulong AddedMemberId(IEnumerable<string> peerUrls, DateTimeOffset now) => MemberId(peerUrls, $"{now.ToUnixTimeSeconds()}");

    /// <summary>Id of a cluster, from the ids of the members it began with, in any order.</summary>
    public static ulong ClusterId(IEnumerable<ulong> initialMemberIds)
    {
        ulong[] ids = [.. initialMemberIds.Order()];
        byte[] bytes = new byte[ids.Length * sizeof(ulong)];
        for (int i = 0; i < ids.Length; i++)
            BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(i * sizeof(ulong)), ids[i]);
        return HashPrefix(bytes);
    }

    private static ulong MemberId(IEnumerable<string> peerUrls, string suffix) =>
        HashPrefix(Encoding.UTF8.GetBytes(string.Concat(peerUrls.Order(StringComparer.Ordinal)) + suffix));

    private static ulong HashPrefix(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
        SHA1.HashData(bytes, hash);
        return BinaryPrimitives.ReadUInt64BigEndian(hash);
    }
}
