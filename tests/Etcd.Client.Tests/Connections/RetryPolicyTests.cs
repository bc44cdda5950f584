using Etcd.Client.Connections;
using Etcd.Grpc;
using Etcd.Grpc.Client;
using Etcd.Protocol.Errors;

namespace Etcd.Client.Tests.Connections;

/// <summary>The rules of spec api §2.2.</summary>
public class RetryPolicyTests
{
    private static readonly CallOptions s_read = new() { IsRepeatable = true };
    private static readonly CallOptions s_write = new();

    [Fact]
    public void MayRepeat_ReadRefusedAsUnavailable_Yes() => Assert.True(RetryPolicy.MayRepeat(EtcdError.NoLeader, s_read));

    [Fact]
    public void MayRepeat_WriteRefusedByServer_No() => Assert.False(RetryPolicy.MayRepeat(EtcdError.NoLeader, s_write));

    [Theory]
    [InlineData("there is no address available")]
    [InlineData("there is no connection available")]
    public void MayRepeat_WriteThatNeverLeft_Yes(string text) =>
        Assert.True(RetryPolicy.MayRepeat(new GrpcStatus(StatusCode.Unavailable, text), s_write));

    [Fact]
    public void MayRepeat_OtherCode_NotEvenRead() => Assert.False(RetryPolicy.MayRepeat(EtcdError.TooManyRequests, s_read));

    [Theory]
    [InlineData(0, 1, true)]
    [InlineData(0, 3, false)]
    [InlineData(1, 3, true)]
    [InlineData(2, 3, false)]
    [InlineData(2, 5, true)]
    public void PauseAfter_OnlyWhenAQuorumHasBeenTried(int attempt, int endpoints, bool pauses) =>
        Assert.Equal(pauses, RetryPolicy.PauseAfter(attempt, endpoints) > TimeSpan.Zero);
}
