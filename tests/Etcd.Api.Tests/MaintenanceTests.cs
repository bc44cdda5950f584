using System.Security.Cryptography;
using Etcd.Api.Tests.Support;
using Etcd.Grpc;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Rpc;
using static Etcd.Api.Tests.Support.Requests;

namespace Etcd.Api.Tests;

public sealed class MaintenanceTests
{
    private const string Maintenance = "/etcdserverpb.Maintenance/";

    [Fact]
    public async Task Status_Member_TellsEverything()
    {
        await using ApiServer server = await ApiServer.StartAsync();
        StatusResponse status = await server.Client.CallAsync<StatusResponse>(Maintenance + "Status", new StatusRequest());
        Assert.Equal(("3.7.1", server.Member.MemberId, false), (status.Version, status.Leader, status.IsLearner));
        Assert.True(status is { DbSize: > 0, DbSizeInUse: > 0, RaftIndex: > 0, RaftTerm: > 0, RaftAppliedIndex: > 0 });
        Assert.Equal(2_147_483_648, status.DbSizeQuota);
        Assert.Equal((false, ""), (status.DowngradeInfo.Enabled, status.DowngradeInfo.TargetVersion));
        Assert.Empty(status.Errors);
    }

    [Fact]
    public async Task Alarm_NoSpace_RefusesWritesUntilDisarmed()
    {
        await using ApiServer server = await ApiServer.StartAsync();
        ApiClient client = server.Client;
        await client.CallAsync<PutResponse>(PutPath, Put("k"));
        var raise = new AlarmRequest { Action = AlarmRequest.Types.AlarmAction.Activate, MemberID = server.Member.MemberId, Alarm = AlarmType.Nospace };
        AlarmResponse raised = await client.CallAsync<AlarmResponse>(Maintenance + "Alarm", raise);
        Assert.Equal((server.Member.MemberId, AlarmType.Nospace), (raised.Alarms[0].MemberID, raised.Alarms[0].Alarm));

        // Space comes before validity.
        await client.AssertRefusedAsync(EtcdError.NoSpace, PutPath, new PutRequest());
        await client.AssertRefusedAsync(EtcdError.NoSpace, TxnPath, Txn(Op(Put("k")), Op(new RangeRequest())));
        await client.AssertRefusedAsync(EtcdError.NoSpace, "/etcdserverpb.Lease/LeaseGrant", new LeaseGrantRequest { TTL = 60 });
        Assert.Equal(GrpcStatus.Ok, await client.StatusAsync(TxnPath, Txn(Op(Delete("k")))));
        Assert.Equal(GrpcStatus.Ok, await client.StatusAsync(RangePath, Get("k")));
        StatusResponse status = await client.CallAsync<StatusResponse>(Maintenance + "Status", new StatusRequest());
        Assert.Equal([$"memberID:{server.Member.MemberId} alarm:NOSPACE "], status.Errors);

        AlarmResponse listed = await client.CallAsync<AlarmResponse>(Maintenance + "Alarm", new AlarmRequest { Alarm = AlarmType.Nospace });
        Assert.Single(listed.Alarms);
        Assert.Empty((await client.CallAsync<AlarmResponse>(Maintenance + "Alarm", new AlarmRequest { Alarm = AlarmType.Corrupt })).Alarms);
        raise.Action = AlarmRequest.Types.AlarmAction.Deactivate;
        Assert.Single((await client.CallAsync<AlarmResponse>(Maintenance + "Alarm", raise)).Alarms);
        Assert.Equal(GrpcStatus.Ok, await client.StatusAsync(PutPath, Put("k")));
    }

    [Fact]
    public async Task Alarm_Corrupt_RefusesEveryWrite()
    {
        await using ApiServer server = await ApiServer.StartAsync();
        var raise = new AlarmRequest { Action = AlarmRequest.Types.AlarmAction.Activate, Alarm = AlarmType.Corrupt };
        await server.Client.CallAsync<AlarmResponse>(Maintenance + "Alarm", raise);
        await server.Client.AssertRefusedAsync(EtcdError.Corrupt, PutPath, Put("k"));
        await server.Client.AssertRefusedAsync(EtcdError.Corrupt, DeletePath, Delete("k"));
        Assert.Equal(GrpcStatus.Ok, await server.Client.StatusAsync(RangePath, Get("k")));
    }

    [Theory]
    [InlineData(7, 1)]
    [InlineData(1, 9)]
    [InlineData(1, 0)]
    public async Task Alarm_ThatKillsGoServers_IsNotProposed(int action, int alarm)
    {
        await using ApiServer server = await ApiServer.StartAsync();
        ulong before = server.Member.CommittedIndex;
        GrpcStatus status = await server.Client.StatusAsync(
            Maintenance + "Alarm", new AlarmRequest { Action = (AlarmRequest.Types.AlarmAction)action, Alarm = (AlarmType)alarm });
        Assert.Equal(StatusCode.InvalidArgument, status.Code);
        Assert.Equal(before, server.Member.CommittedIndex);
    }

    [Fact]
    public async Task HashKv_KnownContent_HasEtcdsHash()
    {
        // Vectors: equal on etcd 3.4.23, 3.5.30 and 3.7.1 (spec peer §11.5).
        await using ApiServer server = await ApiServer.StartAsync();
        Assert.Equal(1084519789u, (await HashAsync(server, 0)).Hash);
        uint[] expected = [2882821049, 475465297, 1102461491];
        for (int i = 0; i < expected.Length; i++)
        {
            await server.Client.CallAsync<PutResponse>(PutPath, Put($"a{i + 1}", "x"));
            HashKVResponse hash = await HashAsync(server, 0);
            Assert.Equal((expected[i], -1, i + 2), (hash.Hash, hash.CompactRevision, hash.HashRevision));
        }
        Assert.Equal(expected[0], (await HashAsync(server, 2)).Hash);
        await server.Client.AssertRefusedAsync(EtcdError.FutureRevision, Maintenance + "HashKV", new HashKVRequest { Revision = 99 });
        await server.Client.CallAsync<HashResponse>(Maintenance + "Hash", new HashRequest());
    }

    [Fact]
    public async Task Snapshot_Database_EndsWithItsSha256()
    {
        await using ApiServer server = await ApiServer.StartAsync();
        for (int i = 0; i < 50; i++)
            await server.Client.CallAsync<PutResponse>(PutPath, Put($"k{i}", new string('x', 3000)));
        List<SnapshotResponse> parts = await server.Client.ReadAllAsync<SnapshotResponse>(Maintenance + "Snapshot", new SnapshotRequest());
        byte[] database = [.. parts[..^1].SelectMany(part => part.Blob)];
        Assert.Equal(SHA256.HashData(database), parts[^1].Blob.ToByteArray());
        Assert.All(parts[..^2], part => Assert.Equal(32 * 1024, part.Blob.Length));
        Assert.All(parts, part => Assert.Equal((null, "3.7.0"), ((object?)part.Header, part.Version)));
        ulong remaining = (ulong)database.Length;
        foreach (SnapshotResponse part in parts[..^1])
        {
            remaining -= (ulong)part.Blob.Length;
            Assert.Equal(remaining, part.RemainingBytes);
        }
        // Page 0 is a meta page of bbolt: its magic stands behind the 16-byte page header.
        Assert.Equal(0xED0CDAEDu, BitConverter.ToUInt32(database, 16));
    }

    [Fact]
    public async Task Defragment_Member_AnswersEmptyAndKeepsData()
    {
        await using ApiServer server = await ApiServer.StartAsync();
        await server.Client.CallAsync<PutResponse>(PutPath, Put("k"));
        Assert.Null((await server.Client.CallAsync<DefragmentResponse>(Maintenance + "Defragment", new DefragmentRequest())).Header);
        Assert.Equal(1, (await server.Client.CallAsync<RangeResponse>(RangePath, Get("k"))).Count);
    }

    [Fact]
    public async Task MoveLeader_ToNobody_IsBadTransferee()
    {
        await using ApiServer server = await ApiServer.StartAsync();
        await server.Client.AssertRefusedAsync(EtcdError.BadLeaderTransferee, Maintenance + "MoveLeader", new MoveLeaderRequest { TargetID = 4711 });
    }

    [Fact]
    public async Task Downgrade_Targets_AreJudged()
    {
        await using ApiServer server = await ApiServer.StartAsync();
        ApiClient client = server.Client;
        await client.AssertRefusedAsync(EtcdError.WrongDowngradeVersionFormat, Maintenance + "Downgrade", Request("nonsense"));
        await client.AssertRefusedAsync(EtcdError.InvalidDowngradeTargetVersion, Maintenance + "Downgrade", Request("3.4"));
        await client.AssertRefusedAsync(EtcdError.InvalidDowngradeTargetVersion, Maintenance + "Downgrade", Request("3.7"));
        Assert.Equal("3.7", (await client.CallAsync<DowngradeResponse>(Maintenance + "Downgrade", Request("3.6"))).Version);
        await client.AssertRefusedAsync(EtcdError.UnknownMethod, Maintenance + "Downgrade", new DowngradeRequest { Action = (DowngradeRequest.Types.DowngradeAction)9, Version = "3.6" });

        static DowngradeRequest Request(string version) => new() { Action = DowngradeRequest.Types.DowngradeAction.Validate, Version = version };
    }

    private static Task<HashKVResponse> HashAsync(ApiServer server, long revision) =>
        server.Client.CallAsync<HashKVResponse>(Maintenance + "HashKV", new HashKVRequest { Revision = revision });
}
