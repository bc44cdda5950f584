using Etcd.Client.Connections;
using Etcd.Protocol.Rpc;

namespace Etcd.Client;

/// <summary>What an operator does to members. Calls that concern one member name its endpoint.</summary>
public sealed class MaintenanceClient
{
    private readonly IConnection _connection;

    internal MaintenanceClient(IConnection connection) => _connection = connection;

    public Task<AlarmResponse> AlarmListAsync(CancellationToken cancellationToken) =>
        _connection.SendAsync(MaintenanceMethods.Alarm, new AlarmRequest { Action = AlarmRequest.Types.AlarmAction.Get }, Calls.Repeatable, cancellationToken);

    /// <summary>Lowers one alarm, or every one that is raised when both arguments are 0 and <see cref="AlarmType.None"/>.</summary>
    public async Task<AlarmResponse> AlarmDisarmAsync(ulong memberId, AlarmType alarm, CancellationToken cancellationToken)
    {
        if (memberId != 0 || alarm != AlarmType.None)
            return await DeactivateAsync(memberId, alarm, cancellationToken);
        AlarmResponse raised = await AlarmListAsync(cancellationToken);
        var lowered = new AlarmResponse();
        foreach (AlarmMember member in raised.Alarms)
        {
            AlarmResponse response = await DeactivateAsync(member.MemberID, member.Alarm, cancellationToken);
            lowered.Alarms.AddRange(response.Alarms);
        }
        return lowered;
    }

    public Task<StatusResponse> StatusAsync(string endpoint, CancellationToken cancellationToken) =>
        _connection.For(endpoint).SendAsync(MaintenanceMethods.Status, new StatusRequest(), Calls.Repeatable, cancellationToken);

    /// <summary>Rewrites the member's database file without holes; the member serves nothing meanwhile.</summary>
    public Task<DefragmentResponse> DefragmentAsync(string endpoint, CancellationToken cancellationToken) =>
        _connection.For(endpoint).SendAsync(MaintenanceMethods.Defragment, new DefragmentRequest(), Calls.Once, cancellationToken);

    /// <summary>Checksum of the member's whole database; comparable only between members of one implementation.</summary>
    public Task<HashResponse> HashAsync(string endpoint, CancellationToken cancellationToken) =>
        _connection.For(endpoint).SendAsync(MaintenanceMethods.Hash, new HashRequest(), Calls.Repeatable, cancellationToken);

    /// <param name="revision">Highest revision that counts; 0 for the current one.</param>
    public Task<HashKVResponse> HashKvAsync(string endpoint, long revision, CancellationToken cancellationToken) =>
        _connection.For(endpoint).SendAsync(MaintenanceMethods.HashKv, new HashKVRequest { Revision = revision }, Calls.Repeatable, cancellationToken);

    /// <summary>The member's database file in pieces, then 32 bytes of SHA-256 over them.</summary>
    public IAsyncEnumerable<SnapshotResponse> SnapshotAsync(CancellationToken cancellationToken) =>
        _connection.StreamAsync(_connection, MaintenanceMethods.Snapshot, new SnapshotRequest(), Calls.Repeatable, cancellationToken);

    /// <summary>Hands leadership on; must reach the leader, so use a client with its endpoint only.</summary>
    public Task<MoveLeaderResponse> MoveLeaderAsync(ulong targetMemberId, CancellationToken cancellationToken) =>
        _connection.SendAsync(MaintenanceMethods.MoveLeader, new MoveLeaderRequest { TargetID = targetMemberId }, Calls.Repeatable, cancellationToken);

    /// <param name="version">Target, e.g. <c>3.6</c>; empty to cancel.</param>
    public Task<DowngradeResponse> DowngradeAsync(DowngradeRequest.Types.DowngradeAction action, string version, CancellationToken cancellationToken) =>
        _connection.SendAsync(MaintenanceMethods.Downgrade, new DowngradeRequest { Action = action, Version = version }, Calls.Once, cancellationToken);

    private Task<AlarmResponse> DeactivateAsync(ulong memberId, AlarmType alarm, CancellationToken cancellationToken) =>
        _connection.SendAsync(MaintenanceMethods.Alarm,
            new AlarmRequest { Action = AlarmRequest.Types.AlarmAction.Deactivate, MemberID = memberId, Alarm = alarm }, Calls.Repeatable, cancellationToken);
}
