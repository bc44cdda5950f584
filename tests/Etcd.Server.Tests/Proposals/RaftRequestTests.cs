using Etcd.Protocol.Rpc;
using Etcd.Server.Proposals;
using Etcd.Store.Auth;
using Google.Protobuf;

namespace Etcd.Server.Tests.Proposals;

/// <summary>The hand-made encoding must be what Google.Protobuf writes for the same message, byte for byte.</summary>
public sealed class RaftRequestTests
{
    public static TheoryData<ulong, string, ulong> Headers => new()
    {
        { 1, "", 0 },
        { 127, "", 0 },
        { 128, "root", 3 },
        { ulong.MaxValue, "ünïcode", ulong.MaxValue },
        { 1UL << 63, new string('u', 300), 1UL << 35 },
    };

    [Theory]
    [MemberData(nameof(Headers))]
    public void Encode_Put_EqualsProtobuf(ulong id, string user, ulong authRevision)
    {
        foreach (int valueBytes in new[] { 0, 1, 100, 127, 128, 16_383, 16_384, 100_000 })
        {
            var put = new PutRequest { Key = ByteString.CopyFromUtf8("key"), Value = ByteString.CopyFrom(new byte[valueBytes]), Lease = -1 };
            var expected = new InternalRaftRequest { Header = Header(id, user, authRevision), Put = put };
            Assert.Equal(expected.ToByteArray(), RaftRequest.Encode(RequestKind.Put, put.ToByteArray(), id, new Identity(user, authRevision)));
        }
    }

    /// <summary>Kinds above 100 stand behind the header, because fields ascend.</summary>
    [Theory]
    [MemberData(nameof(Headers))]
    public void Encode_AuthRequest_EqualsProtobuf(ulong id, string user, ulong authRevision)
    {
        var add = new AuthUserAddRequest { Name = "alice", Password = "x" };
        var expected = new InternalRaftRequest { Header = Header(id, user, authRevision), AuthUserAdd = add };
        Assert.Equal(expected.ToByteArray(), RaftRequest.Encode(RequestKind.AuthUserAdd, add.ToByteArray(), id, new Identity(user, authRevision)));
    }

    [Fact]
    public void Kinds_Numbers_AreFieldsOfTheContract()
    {
        HashSet<int> fields = [.. InternalRaftRequest.Descriptor.Fields.InDeclarationOrder().Select(static f => f.FieldNumber)];
        Assert.All(Enum.GetValues<RequestKind>(), kind => Assert.Contains((int)kind, fields));
    }

    private static RequestHeader Header(ulong id, string user, ulong authRevision) => new() { ID = id, Username = user, AuthRevision = authRevision };
}
