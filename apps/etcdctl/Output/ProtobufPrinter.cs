using Etcd.Protocol.Rpc;
using Etcdctl.Cli;
using Google.Protobuf;

namespace Etcdctl.Output;

/// <summary><c>-w protobuf</c>: the message as it came, encoded again.</summary>
internal sealed class ProtobufPrinter(ByteWriter output) : Printer(output, "protobuf")
{
    public override void Get(RangeResponse response) => Print(response);

    public override void Put(PutResponse response) => Print(response);

    public override void Delete(DeleteRangeResponse response) => Print(response);

    public override void Txn(TxnResponse response) => Print(response);

    public override void Watch(WatchReport report) =>
        Print(new WatchResponse { Header = report.Header, Events = { report.Events }, CompactRevision = report.CompactRevision, Canceled = report.IsCanceled });

    // Compat: Go's client keeps lease answers in types of its own, of which only the header can be encoded.
    public override void Grant(LeaseGrantResponse response) => Print(response.Header);

    public override void Revoke(long leaseId, LeaseRevokeResponse response) => Print(response);

    public override void KeepAlive(LeaseKeepAliveResponse response) => Print(response.Header);

    public override void TimeToLive(LeaseTimeToLiveResponse response, bool withKeys) => Print(response.Header);

    public override void Leases(LeaseLeasesResponse response) => Print(response.Header);

    public override void MemberAdd(MemberAddResponse response) => Print(response);

    public override void MemberRemove(ulong memberId, MemberRemoveResponse response) => Print(response);

    public override void MemberUpdate(ulong memberId, MemberUpdateResponse response) => Print(response);

    public override void MemberPromote(ulong memberId, MemberPromoteResponse response) => Print(response);

    public override void MemberList(MemberListResponse response) => Print(response);

    public override void MoveLeader(ulong leader, ulong target, MoveLeaderResponse response) => Print(response);

    public override void Downgrade(string action, DowngradeResponse response) => Print(response);

    public override void Alarm(AlarmResponse response) => Print(response);

    public override void AuthStatus(AuthStatusResponse response) => Print(response);

    public override void RoleAdd(string role, AuthRoleAddResponse response) => Print(response);

    public override void RoleGet(string role, AuthRoleGetResponse response) => Print(response);

    public override void RoleDelete(string role, AuthRoleDeleteResponse response) => Print(response);

    public override void RoleList(AuthRoleListResponse response) => Print(response);

    public override void RoleGrantPermission(string role, AuthRoleGrantPermissionResponse response) => Print(response);

    public override void RoleRevokePermission(string role, string key, string rangeEnd, AuthRoleRevokePermissionResponse response) => Print(response);

    public override void UserAdd(string user, AuthUserAddResponse response) => Print(response);

    public override void UserGet(string user, AuthUserGetResponse response) => Print(response);

    public override void UserList(AuthUserListResponse response) => Print(response);

    public override void UserChangePassword(AuthUserChangePasswordResponse response) => Print(response);

    public override void UserGrantRole(string user, string role, AuthUserGrantRoleResponse response) => Print(response);

    public override void UserRevokeRole(string user, string role, AuthUserRevokeRoleResponse response) => Print(response);

    public override void UserDelete(string user, AuthUserDeleteResponse response) => Print(response);

    private void Print(IMessage message) => Out.Write(message.ToByteArray());
}
