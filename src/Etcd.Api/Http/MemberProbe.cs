using Etcd.Protocol.Errors;
using Etcd.Protocol.Rpc;
using Etcd.Server;
using Etcd.Store.Mvcc;
using Google.Protobuf;

namespace Etcd.Api.Http;

/// <summary>The read that health checks make, with the rights of the server itself.</summary>
internal sealed class MemberProbe(IMember member)
{
    private static readonly byte[] s_request = new RangeRequest { Key = ByteString.CopyFrom(0), KeysOnly = true, Limit = 1 }.ToByteArray();

    /// <param name="isSerializable">False: needs a quorum.</param>
    /// <exception cref="EtcdException">The read was refused or timed out.</exception>
    public async ValueTask ReadAsync(bool isSerializable, CancellationToken cancellationToken)
    {
        if (!isSerializable)
            await member.ReadBarrierAsync(cancellationToken);
        EtcdError? refusal = member.Kv.Range(s_request, out RangeReply? reply);
        reply?.Dispose();
        if (refusal is not null)
            throw new EtcdException(refusal);
    }
}
