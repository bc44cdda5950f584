using System.Text;
using Etcd.Protocol.Rpc;
using Etcd.Protocol.Wire;
using Google.Protobuf;

namespace Etcd.Protocol.Tests.Wire;

public class RaftRequestTests
{
    [Theory]
    [InlineData("PUT")]
    [InlineData("POST")] // A lenient protobuf parser takes these four letters for a message.
    [InlineData("DELETE")]
    [InlineData("QGET")]
    [InlineData("SYNC")]
    public void TryParse_BareV2Request_IsRecognisedByItsMethod(string method)
    {
        var request = new Request { ID = 77, Method = method, Path = "/1/a", Val = "b", Dir = true };
        RaftRequestFields fields = RaftRequestFields.Parse(request.ToByteArray());
        Assert.Equal(RaftRequestForm.V2, fields.Form);
        Assert.Equal(77ul, fields.Id);
        Assert.Equal(.., fields.Body);
    }

    [Fact]
    public void TryParse_V2RequestInsideRaftRequest_IsFound()
    {
        byte[] inner = new Request { ID = 5, Method = "PUT", Path = "/1/a" }.ToByteArray();
        byte[] payload = [0x08, 9, 0x12, (byte)inner.Length, .. inner];
        RaftRequestFields fields = RaftRequestFields.Parse(payload);
        Assert.Equal(RaftRequestForm.V2Nested, fields.Form);
        Assert.Equal(inner, payload[fields.Body]);
    }

    [Fact]
    public void TryParse_TwoVariants_IsRefused()
    {
        byte[] payload = [.. new InternalRaftRequest { Put = new PutRequest() }.ToByteArray(), .. new InternalRaftRequest { Txn = new TxnRequest() }.ToByteArray()];
        Assert.Throws<WireFormatException>(() => RaftRequestFields.Parse(payload));
    }

    [Fact]
    public void TryParse_EmptyVariant_IsSet()
    {
        byte[] payload = new InternalRaftRequest { AuthEnable = new AuthEnableRequest(), Header = new RequestHeader { ID = 3 } }.ToByteArray();
        RaftRequestFields fields = RaftRequestFields.Parse(payload);
        Assert.Equal((1000, 3ul), (fields.Variant, fields.Id));
        Assert.Empty(payload[fields.Body]);
    }

    [Fact]
    public void RequestOp_UnionSetTwice_IsRefused()
    {
        byte[] put = new RequestOp { RequestPut = new PutRequest { Key = ByteString.CopyFrom("a", Encoding.ASCII) } }.ToByteArray();
        RequestOpFields.Parse(put);
        Assert.Throws<WireFormatException>(() => RequestOpFields.Parse([.. put, .. put]));
    }
}
