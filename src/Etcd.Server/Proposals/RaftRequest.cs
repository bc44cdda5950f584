using System.Text;
using Etcd.Store.Auth;

namespace Etcd.Server.Proposals;

/// <summary>Builds the payload of a raft entry: etcdserverpb.InternalRaftRequest around a request's own bytes.</summary>
/// <remarks><code>
/// kind &lt; 100    [tag kind][length][request bytes, as received] [tag 100][length][header]
/// kind &gt; 100    [tag 100][length][header] [tag kind][length][request bytes]        (fields ascend, as Go writes them)
/// header          1 ID, 2 username, 3 auth_revision; zero fields are left out (proto3)
/// </code></remarks>
internal static class RaftRequest
{
    private const int HeaderField = 100;
    private const int LengthDelimited = 2;
    private const int IdTag = 1 << 3, UserNameTag = 2 << 3 | LengthDelimited, AuthRevisionTag = 3 << 3;

    public static byte[] Encode(RequestKind kind, ReadOnlySpan<byte> request, ulong id, Identity identity)
    {
        int userBytes = Encoding.UTF8.GetByteCount(identity.UserName);
        int headerBytes = 1 + VarintSize(id)
            + (userBytes > 0 ? 1 + VarintSize((ulong)userBytes) + userBytes : 0)
            + (identity.AuthRevision > 0 ? 1 + VarintSize(identity.AuthRevision) : 0);
        ulong requestTag = (ulong)kind << 3 | LengthDelimited;
        ulong headerTag = HeaderField << 3 | LengthDelimited;
        int total = VarintSize(requestTag) + VarintSize((ulong)request.Length) + request.Length
            + VarintSize(headerTag) + VarintSize((ulong)headerBytes) + headerBytes;

        byte[] data = GC.AllocateUninitializedArray<byte>(total);
        int at = 0;
        bool headerFirst = (int)kind > HeaderField;
        if (!headerFirst)
            WriteField(data, ref at, requestTag, request);
        WriteVarint(data, ref at, headerTag);
        WriteVarint(data, ref at, (ulong)headerBytes);
        WriteHeader(data, ref at, id, identity, userBytes);
        if (headerFirst)
            WriteField(data, ref at, requestTag, request);
        return data;
    }

    private static void WriteHeader(Span<byte> data, ref int at, ulong id, Identity identity, int userBytes)
    {
        WriteVarint(data, ref at, IdTag);
        WriteVarint(data, ref at, id);
        if (userBytes > 0)
        {
            WriteVarint(data, ref at, UserNameTag);
            WriteVarint(data, ref at, (ulong)userBytes);
            at += Encoding.UTF8.GetBytes(identity.UserName, data[at..]);
        }
        if (identity.AuthRevision > 0)
        {
            WriteVarint(data, ref at, AuthRevisionTag);
            WriteVarint(data, ref at, identity.AuthRevision);
        }
    }

    private static void WriteField(Span<byte> data, ref int at, ulong tag, ReadOnlySpan<byte> value)
    {
        WriteVarint(data, ref at, tag);
        WriteVarint(data, ref at, (ulong)value.Length);
        value.CopyTo(data[at..]);
        at += value.Length;
    }

    private static void WriteVarint(Span<byte> data, ref int at, ulong value)
    {
        while (value >= 0x80)
        {
            data[at++] = (byte)(value | 0x80);
            value >>= 7;
        }
        data[at++] = (byte)value;
    }

    private static int VarintSize(ulong value) => (70 - System.Numerics.BitOperations.LeadingZeroCount(value | 1)) / 7;
}
