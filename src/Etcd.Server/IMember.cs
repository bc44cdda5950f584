using Etcd.Store.Apply;

namespace Etcd.Server;

/// <summary>The variants of etcdserverpb.InternalRaftRequest that clients cause, by field number.</summary>
public enum RequestKind
{
    Range = 3,
    Put = 4,
    DeleteRange = 5,
    Txn = 6,
    Compaction = 7,
    LeaseGrant = 8,
    LeaseRevoke = 9,
    Alarm = 10,
    LeaseCheckpoint = 11,
    AuthEnable = 1000,
    AuthDisable = 1011,
    Authenticate = 1012,
    AuthStatus = 1013,
    AuthUserAdd = 1100,
    AuthUserDelete = 1101,
    AuthUserGet = 1102,
    AuthUserChangePassword = 1103,
    AuthUserGrantRole = 1104,
    AuthUserRevokeRole = 1105,
    AuthUserList = 1106,
    AuthRoleList = 1107,
    AuthRoleAdd = 1200,
    AuthRoleDelete = 1201,
    AuthRoleGet = 1202,
    AuthRoleGrantPermission = 1203,
    AuthRoleRevokePermission = 1204,
    ClusterVersionSet = 1300,
    ClusterMemberAttrSet = 1301,
    DowngradeInfoSet = 1302,
}

/// <summary>Who asks: what travels in the raft request's header.</summary>
/// <param name="UserName">Empty without authentication.</param>
/// <param name="AuthRevision">Auth store revision the caller's token was checked against; 0 without authentication.</param>
public readonly record struct Caller(string UserName, ulong AuthRevision)
{
    public static Caller Anonymous => new("", 0);
}

/// <summary>One etcd member, as the API room sees it.</summary>
/// <remarks>Thread-safe. Refusals are thrown as <see cref="Etcd.Protocol.Errors.EtcdException"/> or come inside the result.</remarks>
public interface IMember
{
    ulong ClusterId { get; }

    ulong MemberId { get; }

    ulong RaftTerm { get; }

    /// <summary>Id of the leader as this member sees it; 0 if there is none.</summary>
    ulong LeaderId { get; }

    ulong CommittedIndex { get; }

    ulong AppliedIndex { get; }

    /// <summary>Replicates one request and returns what applying it answered.</summary>
    /// <param name="kind">Which variant of the raft request it becomes.</param>
    /// <param name="request">The encoded request message exactly as received. Copied before this method returns, so the
    /// caller may reuse its buffer at once.</param>
    /// <param name="caller">Goes into the raft header.</param>
    /// <param name="cancellationToken">Ends the wait, never a write that is on its way.</param>
    ValueTask<ApplyResult> ProposeAsync(RequestKind kind, ReadOnlyMemory<byte> request, Caller caller, CancellationToken cancellationToken);

    /// <summary>Returns when everything committed before the call is applied here (ReadIndex).</summary>
    ValueTask ReadBarrierAsync(CancellationToken cancellationToken);
}
