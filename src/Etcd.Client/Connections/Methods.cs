using Etcd.Grpc.Client;
using Etcd.Protocol.Rpc;

namespace Etcd.Client.Connections;

/// <summary>The procedures of etcd's services. One class per service, so that a program pays only for those it calls.</summary>
internal static class KvMethods
{
    private const string Service = "/etcdserverpb.KV/";
    public static readonly GrpcMethod<RangeRequest, RangeResponse> Range = new(Service + "Range", RangeResponse.Parser);
    public static readonly GrpcMethod<RangeRequest, RangeStreamResponse> RangeStream = new(Service + "RangeStream", RangeStreamResponse.Parser);
    public static readonly GrpcMethod<PutRequest, PutResponse> Put = new(Service + "Put", PutResponse.Parser);
    public static readonly GrpcMethod<DeleteRangeRequest, DeleteRangeResponse> DeleteRange = new(Service + "DeleteRange", DeleteRangeResponse.Parser);
    public static readonly GrpcMethod<TxnRequest, TxnResponse> Txn = new(Service + "Txn", TxnResponse.Parser);
    public static readonly GrpcMethod<CompactionRequest, CompactionResponse> Compact = new(Service + "Compact", CompactionResponse.Parser);
}

internal static class WatchMethods
{
    public static readonly GrpcMethod<WatchRequest, WatchResponse> Watch = new("/etcdserverpb.Watch/Watch", WatchResponse.Parser);
}

internal static class LeaseMethods
{
    private const string Service = "/etcdserverpb.Lease/";
    public static readonly GrpcMethod<LeaseGrantRequest, LeaseGrantResponse> Grant = new(Service + "LeaseGrant", LeaseGrantResponse.Parser);
    public static readonly GrpcMethod<LeaseRevokeRequest, LeaseRevokeResponse> Revoke = new(Service + "LeaseRevoke", LeaseRevokeResponse.Parser);
    public static readonly GrpcMethod<LeaseKeepAliveRequest, LeaseKeepAliveResponse> KeepAlive = new(Service + "LeaseKeepAlive", LeaseKeepAliveResponse.Parser);
    public static readonly GrpcMethod<LeaseTimeToLiveRequest, LeaseTimeToLiveResponse> TimeToLive = new(Service + "LeaseTimeToLive", LeaseTimeToLiveResponse.Parser);
    public static readonly GrpcMethod<LeaseLeasesRequest, LeaseLeasesResponse> Leases = new(Service + "LeaseLeases", LeaseLeasesResponse.Parser);
}

internal static class ClusterMethods
{
    private const string Service = "/etcdserverpb.Cluster/";
    public static readonly GrpcMethod<MemberAddRequest, MemberAddResponse> MemberAdd = new(Service + "MemberAdd", MemberAddResponse.Parser);
    public static readonly GrpcMethod<MemberRemoveRequest, MemberRemoveResponse> MemberRemove = new(Service + "MemberRemove", MemberRemoveResponse.Parser);
    public static readonly GrpcMethod<MemberUpdateRequest, MemberUpdateResponse> MemberUpdate = new(Service + "MemberUpdate", MemberUpdateResponse.Parser);
    public static readonly GrpcMethod<MemberListRequest, MemberListResponse> MemberList = new(Service + "MemberList", MemberListResponse.Parser);
    public static readonly GrpcMethod<MemberPromoteRequest, MemberPromoteResponse> MemberPromote = new(Service + "MemberPromote", MemberPromoteResponse.Parser);
}

internal static class MaintenanceMethods
{
    private const string Service = "/etcdserverpb.Maintenance/";
    public static readonly GrpcMethod<AlarmRequest, AlarmResponse> Alarm = new(Service + "Alarm", AlarmResponse.Parser);
    public static readonly GrpcMethod<StatusRequest, StatusResponse> Status = new(Service + "Status", StatusResponse.Parser);
    public static readonly GrpcMethod<DefragmentRequest, DefragmentResponse> Defragment = new(Service + "Defragment", DefragmentResponse.Parser);
    public static readonly GrpcMethod<HashRequest, HashResponse> Hash = new(Service + "Hash", HashResponse.Parser);
    public static readonly GrpcMethod<HashKVRequest, HashKVResponse> HashKv = new(Service + "HashKV", HashKVResponse.Parser);
    public static readonly GrpcMethod<SnapshotRequest, SnapshotResponse> Snapshot = new(Service + "Snapshot", SnapshotResponse.Parser);
    public static readonly GrpcMethod<MoveLeaderRequest, MoveLeaderResponse> MoveLeader = new(Service + "MoveLeader", MoveLeaderResponse.Parser);
    public static readonly GrpcMethod<DowngradeRequest, DowngradeResponse> Downgrade = new(Service + "Downgrade", DowngradeResponse.Parser);
}

internal static class AuthMethods
{
    private const string Service = "/etcdserverpb.Auth/";
    public static readonly GrpcMethod<AuthenticateRequest, AuthenticateResponse> Authenticate = new(Service + "Authenticate", AuthenticateResponse.Parser);
    public static readonly GrpcMethod<AuthEnableRequest, AuthEnableResponse> Enable = new(Service + "AuthEnable", AuthEnableResponse.Parser);
    public static readonly GrpcMethod<AuthDisableRequest, AuthDisableResponse> Disable = new(Service + "AuthDisable", AuthDisableResponse.Parser);
    public static readonly GrpcMethod<AuthStatusRequest, AuthStatusResponse> Status = new(Service + "AuthStatus", AuthStatusResponse.Parser);
    public static readonly GrpcMethod<AuthUserAddRequest, AuthUserAddResponse> UserAdd = new(Service + "UserAdd", AuthUserAddResponse.Parser);
    public static readonly GrpcMethod<AuthUserGetRequest, AuthUserGetResponse> UserGet = new(Service + "UserGet", AuthUserGetResponse.Parser);
    public static readonly GrpcMethod<AuthUserListRequest, AuthUserListResponse> UserList = new(Service + "UserList", AuthUserListResponse.Parser);
    public static readonly GrpcMethod<AuthUserDeleteRequest, AuthUserDeleteResponse> UserDelete = new(Service + "UserDelete", AuthUserDeleteResponse.Parser);
    public static readonly GrpcMethod<AuthUserChangePasswordRequest, AuthUserChangePasswordResponse> UserChangePassword = new(Service + "UserChangePassword", AuthUserChangePasswordResponse.Parser);
    public static readonly GrpcMethod<AuthUserGrantRoleRequest, AuthUserGrantRoleResponse> UserGrantRole = new(Service + "UserGrantRole", AuthUserGrantRoleResponse.Parser);
    public static readonly GrpcMethod<AuthUserRevokeRoleRequest, AuthUserRevokeRoleResponse> UserRevokeRole = new(Service + "UserRevokeRole", AuthUserRevokeRoleResponse.Parser);
    public static readonly GrpcMethod<AuthRoleAddRequest, AuthRoleAddResponse> RoleAdd = new(Service + "RoleAdd", AuthRoleAddResponse.Parser);
    public static readonly GrpcMethod<AuthRoleGetRequest, AuthRoleGetResponse> RoleGet = new(Service + "RoleGet", AuthRoleGetResponse.Parser);
    public static readonly GrpcMethod<AuthRoleListRequest, AuthRoleListResponse> RoleList = new(Service + "RoleList", AuthRoleListResponse.Parser);
    public static readonly GrpcMethod<AuthRoleDeleteRequest, AuthRoleDeleteResponse> RoleDelete = new(Service + "RoleDelete", AuthRoleDeleteResponse.Parser);
    public static readonly GrpcMethod<AuthRoleGrantPermissionRequest, AuthRoleGrantPermissionResponse> RoleGrantPermission = new(Service + "RoleGrantPermission", AuthRoleGrantPermissionResponse.Parser);
    public static readonly GrpcMethod<AuthRoleRevokePermissionRequest, AuthRoleRevokePermissionResponse> RoleRevokePermission = new(Service + "RoleRevokePermission", AuthRoleRevokePermissionResponse.Parser);
}
