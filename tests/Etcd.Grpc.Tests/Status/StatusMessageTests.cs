using Etcd.Protocol.Errors;

namespace Etcd.Grpc.Tests.Status;

public sealed class StatusMessageTests
{
    [Theory]
    [InlineData("etcdserver: key is not provided", "etcdserver: key is not provided")]
    [InlineData("100% sure", "100%25 sure")]
    [InlineData("two\nlines", "two%0Alines")]
    [InlineData("héllo", "h%C3%A9llo")]
    [InlineData("", "")]
    public void Encode_Message_LeavesPrintableAsciiAlone(string message, string encoded)
    {
        Assert.Equal(encoded, StatusMessage.Encode(message));
        Assert.Equal(message, StatusMessage.Decode(encoded));
    }

    [Theory]
    [InlineData("50%", "50%")]
    [InlineData("%zz%4", "%zz%4")]
    [InlineData("a%2", "a%2")]
    [InlineData("%41%", "A%")]
    public void Decode_BrokenEscape_KeepsText(string encoded, string message) =>
        Assert.Equal(message, StatusMessage.Decode(encoded));

    [Fact]
    public void Encode_NothingToEncode_ReturnsSameString()
    {
        string message = EtcdError.NoLeader.Message;
        Assert.Same(message, StatusMessage.Encode(message));
    }

    [Fact]
    public void ToString_Status_ReadsAsInGo() =>
        Assert.Equal("rpc error: code = PermissionDenied desc = etcdserver: permission denied", new GrpcStatus(StatusCode.PermissionDenied, EtcdError.PermissionDenied.Message).ToString());

    [Theory]
    [InlineData("0", true, StatusCode.Ok)]
    [InlineData("16", true, StatusCode.Unauthenticated)]
    [InlineData("-1", false, StatusCode.Ok)]
    [InlineData("x", false, StatusCode.Ok)]
    public void TryParse_StatusHeader_AcceptsOnlyDigits(string digits, bool parsed, StatusCode code)
    {
        Assert.Equal(parsed, StatusCodeText.TryParse(digits, out StatusCode found));
        Assert.Equal(code, found);
    }
}
