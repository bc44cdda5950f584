using Etcd.Protocol.Rpc;
using Etcdctl.Cli;

namespace Etcdctl.Output;

/// <summary>One output format. What a format has no form for, it refuses.</summary>
internal abstract class Printer(ByteWriter output, string format)
{
    protected ByteWriter Out { get; } = output;

    /// <summary>The printer that <c>--write-out</c> names.</summary>
    /// <exception cref="ExitException">No such format.</exception>
    public static Printer For(string format, bool hex, Terminal terminal) => format switch
    {
        "simple" => new SimplePrinter(terminal, hex),
        "fields" => new FieldsPrinter(terminal.Out, hex),
        "json" => new JsonPrinter(terminal.Out, hex),
        "protobuf" => new ProtobufPrinter(terminal.Out),
        "table" => new TablePrinter(terminal.Out),
        _ => throw new ExitException(ExitCode.BadFeature, "unsupported output format"),
    };

    public virtual void Get(RangeResponse response) => throw Unsupported();

    public virtual void Put(PutResponse response) => throw Unsupported();

    public virtual void Delete(DeleteRangeResponse response) => throw Unsupported();

    public virtual void Txn(TxnResponse response) => throw Unsupported();

    public virtual void Watch(WatchReport report) => throw Unsupported();

    public virtual void Grant(LeaseGrantResponse response) => throw Unsupported();

    public virtual void Revoke(long leaseId, LeaseRevokeResponse response) => throw Unsupported();

    public virtual void KeepAlive(LeaseKeepAliveResponse response) => throw Unsupported();

    public virtual void TimeToLive(LeaseTimeToLiveResponse response, bool withKeys) => throw Unsupported();

    public virtual void Leases(LeaseLeasesResponse response) => throw Unsupported();

    public virtual void MemberAdd(MemberAddResponse response) => throw Unsupported();

    public virtual void MemberRemove(ulong memberId, MemberRemoveResponse response) => throw Unsupported();

    public virtual void MemberUpdate(ulong memberId, MemberUpdateResponse response) => throw Unsupported();

    public virtual void MemberPromote(ulong memberId, MemberPromoteResponse response) => throw Unsupported();

    public virtual void MemberList(MemberListResponse response) => throw Unsupported();

    public virtual void Health(IReadOnlyList<EndpointHealth> endpoints) => throw Unsupported();

    public virtual void Status(IReadOnlyList<EndpointStatus> endpoints) => throw Unsupported();

    public virtual void HashKv(IReadOnlyList<EndpointHashKv> endpoints) => throw Unsupported();

    public virtual void MoveLeader(ulong leader, ulong target, MoveLeaderResponse response) => throw Unsupported();

    public virtual void Downgrade(string action, DowngradeResponse response) => throw Unsupported();

    public virtual void Alarm(AlarmResponse response) => throw Unsupported();

    public virtual void AuthStatus(AuthStatusResponse response) => throw Unsupported();

    public virtual void RoleAdd(string role, AuthRoleAddResponse response) => throw Unsupported();

    public virtual void RoleGet(string role, AuthRoleGetResponse response) => throw Unsupported();

    public virtual void RoleDelete(string role, AuthRoleDeleteResponse response) => throw Unsupported();

    public virtual void RoleList(AuthRoleListResponse response) => throw Unsupported();

    public virtual void RoleGrantPermission(string role, AuthRoleGrantPermissionResponse response) => throw Unsupported();

    public virtual void RoleRevokePermission(string role, string key, string rangeEnd, AuthRoleRevokePermissionResponse response) => throw Unsupported();

    public virtual void UserAdd(string user, AuthUserAddResponse response) => throw Unsupported();

    public virtual void UserGet(string user, AuthUserGetResponse response) => throw Unsupported();

    public virtual void UserList(AuthUserListResponse response) => throw Unsupported();

    public virtual void UserChangePassword(AuthUserChangePasswordResponse response) => throw Unsupported();

    public virtual void UserGrantRole(string user, string role, AuthUserGrantRoleResponse response) => throw Unsupported();

    public virtual void UserRevokeRole(string user, string role, AuthUserRevokeRoleResponse response) => throw Unsupported();

    public virtual void UserDelete(string user, AuthUserDeleteResponse response) => throw Unsupported();

    private ExitException Unsupported() => new(ExitCode.BadFeature, $"{format} not supported as output format");
}
