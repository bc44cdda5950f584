using System.Buffers;
using Etcd.Grpc.Server;
using Etcd.Protocol.Rpc;
using Etcd.Protocol.Wire;
using Etcd.Server;

namespace Etcd.Api.Services;

/// <summary>Writes field 1 of every response: cluster, member, revision and term of the member that received the call.</summary>
public sealed class ResponseHeaders(IMember member)
{
    private const int HeaderField = 1;
    private const int ClusterIdField = 1, MemberIdField = 2, RevisionField = 3, RaftTermField = 4;

    private readonly int _idBytes =
        WireWriter.VarintFieldSize(ClusterIdField, member.ClusterId) + WireWriter.VarintFieldSize(MemberIdField, member.MemberId);

    /// <summary>The header as a message, for responses built from messages.</summary>
    public ResponseHeader Create(long revision) => new()
    {
        ClusterId = member.ClusterId,
        MemberId = member.MemberId,
        Revision = revision,
        RaftTerm = member.RaftTerm,
    };

    /// <summary>The header with the store's current revision.</summary>
    public ResponseHeader Create() => Create(member.Kv.CurrentRevision);

    /// <summary>Begins a response of a header and <paramref name="bodyBytes"/> more bytes, and writes the header.</summary>
    public IBufferWriter<byte> Start(ServerCall call, long revision, long bodyBytes)
    {
        ulong term = member.RaftTerm;
        int headerBytes = _idBytes + WireWriter.OptionalSize(RevisionField, revision) + WireWriter.OptionalSize(RaftTermField, (long)term);
        int fieldBytes = WireWriter.BytesFieldSize(HeaderField, headerBytes);
        IBufferWriter<byte> output = call.StartMessage(checked((int)(fieldBytes + bodyBytes)));
        var writer = new WireWriter(output.GetSpan(fieldBytes)[..fieldBytes]);
        writer.WriteLength(HeaderField, headerBytes);
        writer.WriteField(ClusterIdField, member.ClusterId);
        writer.WriteField(MemberIdField, member.MemberId);
        writer.WriteOptional(RevisionField, revision);
        writer.WriteOptional(RaftTermField, (long)term);
        output.Advance(fieldBytes);
        return output;
    }

    /// <summary>A whole response: header and body.</summary>
    public void Write(ServerCall call, long revision, ReadOnlySpan<byte> body)
    {
        IBufferWriter<byte> output = Start(call, revision, body.Length);
        output.Write(body);
    }
}
