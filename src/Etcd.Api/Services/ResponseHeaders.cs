using System.Buffers;
using Etcd.Grpc;
using Etcd.Grpc.Server;
using Etcd.Protocol.Rpc;
using Etcd.Protocol.Wire;
using Etcd.Server;
using Etcd.Store.Apply;

namespace Etcd.Api.Services;

/// <summary>Writes field 1 of every response: cluster, member, revision and term of the member that received the call.</summary>
public sealed class ResponseHeaders
{
    /// <summary>Most bytes of the encoded field: tag, length and four varints with their tags.</summary>
    public const int MaxBytes = 2 + (4 * (1 + 10));

    private const int HeaderField = 1;
    private const int ClusterIdField = 1, MemberIdField = 2, RevisionField = 3, RaftTermField = 4;

    private readonly IMember _member;
    private readonly ulong _clusterId;
    private readonly ulong _memberId;
    // The part of every header that never changes.
    private readonly byte[] _ids;

    public ResponseHeaders(IMember member)
    {
        _member = member;
        (_clusterId, _memberId) = (member.ClusterId, member.MemberId);
        Span<byte> ids = stackalloc byte[MaxBytes];
        var writer = new WireWriter(ids);
        writer.WriteField(ClusterIdField, _clusterId);
        writer.WriteField(MemberIdField, _memberId);
        _ids = ids[..writer.BytesWritten].ToArray();
    }

    /// <summary>The header as a message, for responses built from messages.</summary>
    public ResponseHeader Create(long revision) => new()
    {
        ClusterId = _clusterId,
        MemberId = _memberId,
        Revision = revision,
        RaftTerm = _member.RaftTerm,
    };

    /// <summary>The header with the store's current revision.</summary>
    public ResponseHeader Create() => Create(_member.Kv.CurrentRevision);

    /// <summary>Encodes the header as field 1 of a response.</summary>
    /// <param name="destination">At least <see cref="MaxBytes"/> long.</param>
    /// <returns>Bytes written.</returns>
    public int Encode(Span<byte> destination, long revision)
    {
        long term = (long)_member.RaftTerm;
        int headerBytes = _ids.Length + WireWriter.OptionalSize(RevisionField, revision) + WireWriter.OptionalSize(RaftTermField, term);
        var writer = new WireWriter(destination);
        writer.WriteLength(HeaderField, headerBytes);
        writer.WriteRaw(_ids);
        writer.WriteOptional(RevisionField, revision);
        writer.WriteOptional(RaftTermField, term);
        return writer.BytesWritten;
    }

    /// <summary>Begins a response of a header and <paramref name="bodyBytes"/> more bytes, and writes the header.</summary>
    /// <param name="bodyBytes">What the caller writes after it; with the header at most 2^31−1.</param>
    public IBufferWriter<byte> Start(ServerCall call, long revision, long bodyBytes)
    {
        Span<byte> header = stackalloc byte[MaxBytes];
        header = header[..Encode(header, revision)];
        IBufferWriter<byte> output = call.StartMessage(checked((int)(header.Length + bodyBytes)));
        output.Write(header);
        return output;
    }

    /// <summary>Answers with what applying a request brought.</summary>
    public GrpcStatus Reply(ServerCall call, in ApplyResult result)
    {
        if (result.Error is { } error)
            return error;
        Start(call, result.Revision, result.Body.Length).Write(result.Body.Span);
        return GrpcStatus.Ok;
    }
}
