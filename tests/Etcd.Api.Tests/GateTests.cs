using System.Buffers;
using System.Text;
using Etcd.Api.Tests.Support;
using Etcd.Foundation.Metrics;
using Etcd.Grpc;
using Etcd.Grpc.Server;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Rpc;
using static Etcd.Api.Tests.Support.Requests;

namespace Etcd.Api.Tests;

public sealed class GateTests
{
    private readonly MetricRegistry _registry = new();

    [Fact]
    public void Enter_VersionNotDecided_IsNotCapable() =>
        Assert.Equal(EtcdError.NotCapable, Enter(new ScriptedMember(hasVersion: false), new GateCall(PutPath, MethodKind.Unary)));

    [Theory]
    [InlineData("/etcdserverpb.Maintenance/Status", MethodKind.Unary, true)]
    [InlineData("/etcdserverpb.Maintenance/Snapshot", MethodKind.ServerStreaming, true)]
    [InlineData(PutPath, MethodKind.Unary, false)]
    [InlineData(WatchPath, MethodKind.BidiStreaming, false)]
    [InlineData("/etcdserverpb.Cluster/MemberList", MethodKind.Unary, false)]
    [InlineData("/etcdserverpb.Lease/LeaseKeepAlive", MethodKind.BidiStreaming, false)]
    [InlineData("/grpc.health.v1.Health/Check", MethodKind.Unary, false)]
    public void Enter_Learner_AnswersOnlyForItself(string path, MethodKind kind, bool isAllowed) =>
        Assert.Equal(isAllowed ? GrpcStatus.Ok : EtcdError.NotSupportedForLearner, Enter(new ScriptedMember(isLearner: true), new GateCall(path, kind)));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Enter_RangeOnLearner_MustBeSerializable(bool isSerializable)
    {
        RangeRequest range = Get("k");
        range.Serializable = isSerializable;
        Assert.Equal(
            isSerializable ? GrpcStatus.Ok : EtcdError.NotSupportedForLearner,
            Enter(new ScriptedMember(isLearner: true), new GateCall(RangePath, MethodKind.Unary, range)));
    }

    [Theory]
    [InlineData(0, "true", false)]
    [InlineData(0, null, true)]
    [InlineData(0, "false", true)]
    [InlineData(2, "true", true)]
    public void Enter_WantsLeader_NeedsOne(ulong leader, string? hasLeader, bool isAllowed)
    {
        var call = hasLeader is null ? new GateCall(RangePath, MethodKind.Unary) : new GateCall(RangePath, MethodKind.Unary, null, ("hasleader", hasLeader));
        Assert.Equal(isAllowed ? GrpcStatus.Ok : EtcdError.NoLeader, Enter(new ScriptedMember { LeaderId = leader }, call));
        Assert.Equal(isAllowed && hasLeader == "true", call.RequiresLeader);
    }

    [Fact]
    public void Enter_LearnerWithoutLeader_LearnerComesFirst() =>
        Assert.Equal(
            EtcdError.NotSupportedForLearner,
            Enter(new ScriptedMember(isLearner: true) { LeaderId = 0 }, new GateCall(PutPath, MethodKind.Unary, null, ("hasleader", "true"))));

    [Fact]
    public void Enter_ClientVersionNotUtf8_IsInvalid() =>
        Assert.Equal(
            EtcdError.InvalidClientApiVersion, Enter(new ScriptedMember(), new GateCall(PutPath, MethodKind.Unary, null, ("client-api-version", "3.\ufffd"))));

    [Fact]
    public void Enter_ClientVersions_AreCountedWithABound()
    {
        var gate = new MemberGate(new ScriptedMember(), new ApiMetrics(_registry));
        gate.Enter(new GateCall(PutPath, MethodKind.Unary));
        gate.Enter(new GateCall(WatchPath, MethodKind.BidiStreaming, null, ("client-api-version", "3.5")));
        for (int i = 0; i < 1_000; i++)
            gate.Enter(new GateCall(PutPath, MethodKind.Unary, null, ("client-api-version", $"made-up-{i}")));
        var text = new ArrayBufferWriter<byte>();
        _registry.WriteText(text);
        string[] lines = [.. Encoding.UTF8.GetString(text.WrittenSpan).Split('\n').Where(line => line.StartsWith("etcd_server_client_requests_total{", StringComparison.Ordinal))];
        Assert.Contains("etcd_server_client_requests_total{type=\"stream\",client_api_version=\"3.5\"} 1", lines);
        Assert.InRange(lines.Length, 3, 120);
        Assert.Equal(1_002, lines.Sum(line => int.Parse(line.Split(' ')[1])));
    }

    [Fact]
    public void Watchdog_NoLeaderForThreeTicks_EndsStreamsThatWantOne()
    {
        var member = new ScriptedMember();
        var wanting = new GateCall(WatchPath, MethodKind.BidiStreaming) { RequiresLeader = true };
        var content = new GateCall(WatchPath, MethodKind.BidiStreaming);
        var watchdog = new LeaderWatchdog(member, () => [wanting, content], TimeSpan.FromSeconds(1), TimeProvider.System);
        foreach (ulong leader in new ulong[] { 0, 0, 2, 0, 0 })
        {
            member.LeaderId = leader;
            watchdog.Tick();
            Assert.Null(wanting.Aborted);
        }
        watchdog.Tick();
        Assert.Equal(EtcdError.NoLeader, wanting.Aborted);
        Assert.Null(content.Aborted);
    }

    private GrpcStatus Enter(ScriptedMember member, GateCall call) => new MemberGate(member, new ApiMetrics(_registry)).Enter(call);
}
