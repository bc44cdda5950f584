using System.Globalization;
using Etcd.Protocol.Auth;
using Etcd.Protocol.Kv;
using Etcd.Protocol.Rpc;
using Etcdctl.Cli;
using Etcdctl.Text;
using Google.Protobuf;

namespace Etcdctl.Output;

/// <summary><c>-w fields</c>: one quoted name and value per line.</summary>
internal sealed class FieldsPrinter(ByteWriter output, bool hex) : Printer(output, "fields")
{
    public override void Get(RangeResponse response)
    {
        Header(response.Header);
        foreach (KeyValue pair in response.Kvs)
            Pair("", pair);
        Field("More", Tables.Bool(response.More));
        Field("Count", response.Count);
    }

    public override void Put(PutResponse response)
    {
        Header(response.Header);
        if (response.PrevKv is { } previous)
            Pair("Prev", previous);
    }

    public override void Delete(DeleteRangeResponse response)
    {
        Header(response.Header);
        Field("Deleted", response.Deleted);
        foreach (KeyValue pair in response.PrevKvs)
            Pair("Prev", pair);
    }

    public override void Txn(TxnResponse response)
    {
        Header(response.Header);
        Field("Succeeded", Tables.Bool(response.Succeeded));
        foreach (ResponseOp operation in response.Responses)
        {
            switch (operation.ResponseCase)
            {
                case ResponseOp.ResponseOneofCase.ResponseRange: Get(operation.ResponseRange); break;
                case ResponseOp.ResponseOneofCase.ResponsePut: Put(operation.ResponsePut); break;
                case ResponseOp.ResponseOneofCase.ResponseDeleteRange: Delete(operation.ResponseDeleteRange); break;
                default: Quoted("Unknown", operation.ToString()); break;
            }
        }
    }

    public override void Watch(WatchReport report)
    {
        Header(report.Header);
        foreach (Event change in report.Events)
        {
            Field("Type", SimplePrinter.EventName(change));
            if (change.PrevKv is { } previous)
                Pair("Prev", previous);
            Pair("", change.Kv);
        }
    }

    public override void Grant(LeaseGrantResponse response)
    {
        Header(response.Header);
        Lease("ID", response.ID);
        Field("TTL", response.TTL);
    }

    public override void Revoke(long leaseId, LeaseRevokeResponse response) => Header(response.Header);

    public override void KeepAlive(LeaseKeepAliveResponse response)
    {
        Header(response.Header);
        Lease("ID", response.ID);
        Field("TTL", response.TTL);
    }

    public override void TimeToLive(LeaseTimeToLiveResponse response, bool withKeys)
    {
        Header(response.Header);
        Lease("ID", response.ID);
        Field("TTL", response.TTL);
        Field("GrantedTTL", response.GrantedTTL);
        foreach (ByteString key in response.Keys)
            Quoted("Key", key);
    }

    public override void Leases(LeaseLeasesResponse response)
    {
        Header(response.Header);
        foreach (LeaseStatus lease in response.Leases)
            Lease("ID", lease.ID);
    }

    public override void MemberList(MemberListResponse response)
    {
        Header(response.Header);
        foreach (Member member in response.Members)
        {
            Id("ID", member.ID);
            Quoted("Name", member.Name);
            foreach (string url in member.PeerURLs)
                Quoted("PeerURL", url);
            foreach (string url in member.ClientURLs)
                Quoted("ClientURL", url);
            Field("IsLearner", Tables.Bool(member.IsLearner));
            Out.WriteLine("");
        }
    }

    public override void Health(IReadOnlyList<EndpointHealth> endpoints)
    {
        foreach (EndpointHealth health in endpoints)
        {
            Quoted("Endpoint", health.Endpoint);
            Field("Health", Tables.Bool(health.IsHealthy));
            Field("Took", health.Took);
            Field("Error", health.Error);
            Out.WriteLine("");
        }
    }

    public override void Status(IReadOnlyList<EndpointStatus> endpoints)
    {
        foreach (EndpointStatus report in endpoints)
        {
            StatusResponse status = report.Status;
            Header(status.Header);
            Quoted("Version", status.Version);
            Quoted("StorageVersion", status.StorageVersion);
            Field("DBSize", status.DbSize);
            Field("DBSizeInUse", status.DbSizeInUse);
            Field("DBSizeQuota", status.DbSizeQuota);
            Field("Leader", status.Leader);
            Field("IsLearner", Tables.Bool(status.IsLearner));
            Field("RaftIndex", status.RaftIndex);
            Field("RaftTerm", status.RaftTerm);
            Field("RaftAppliedIndex", status.RaftAppliedIndex);
            Field("Errors", $"[{string.Join(' ', status.Errors)}]");
            Quoted("Endpoint", report.Endpoint);
            Quoted("DowngradeTargetVersion", status.DowngradeInfo?.TargetVersion ?? "");
            Field("DowngradeEnabled", Tables.Bool(status.DowngradeInfo?.Enabled ?? false));
            Out.WriteLine("");
        }
    }

    public override void HashKv(IReadOnlyList<EndpointHashKv> endpoints)
    {
        foreach (EndpointHashKv report in endpoints)
        {
            Header(report.HashKv.Header);
            Quoted("Endpoint", report.Endpoint);
            Field("Hash", report.HashKv.Hash);
            Field("HashRevision", report.HashKv.HashRevision);
            Out.WriteLine("");
        }
    }

    public override void Alarm(AlarmResponse response)
    {
        Header(response.Header);
        foreach (AlarmMember alarm in response.Alarms)
        {
            Id("MemberID", alarm.MemberID);
            Field("AlarmType", SimplePrinter.AlarmName(alarm.Alarm));
            Out.WriteLine("");
        }
    }

    public override void RoleAdd(string role, AuthRoleAddResponse response) => Header(response.Header);

    public override void RoleGet(string role, AuthRoleGetResponse response)
    {
        Header(response.Header);
        foreach (Permission permission in response.Perm)
        {
            // Compat: two spaces here, and only here.
            Field("PermType", " " + PermissionName(permission.PermType));
            Quoted("Key", permission.Key);
            Quoted("RangeEnd", permission.RangeEnd);
        }
    }

    public override void RoleDelete(string role, AuthRoleDeleteResponse response) => Header(response.Header);

    public override void RoleList(AuthRoleListResponse response)
    {
        Header(response.Header);
        Out.WriteLine("\"Roles\" :" + string.Concat(response.Roles.Select(role => " " + GoString.Quote(role))));
    }

    public override void RoleGrantPermission(string role, AuthRoleGrantPermissionResponse response) => Header(response.Header);

    public override void RoleRevokePermission(string role, string key, string rangeEnd, AuthRoleRevokePermissionResponse response) => Header(response.Header);

    public override void UserAdd(string user, AuthUserAddResponse response) => Header(response.Header);

    public override void UserChangePassword(AuthUserChangePasswordResponse response) => Header(response.Header);

    public override void UserGrantRole(string user, string role, AuthUserGrantRoleResponse response) => Header(response.Header);

    public override void UserRevokeRole(string user, string role, AuthUserRevokeRoleResponse response) => Header(response.Header);

    public override void UserDelete(string user, AuthUserDeleteResponse response) => Header(response.Header);

    private void Header(ResponseHeader? header)
    {
        Id("ClusterID", header?.ClusterId ?? 0);
        Id("MemberID", header?.MemberId ?? 0);
        // Answers that are not about keys carry none.
        if (header?.Revision > 0)
            Field("Revision", header.Revision);
        Field("RaftTerm", header?.RaftTerm ?? 0);
    }

    private void Pair(string prefix, KeyValue pair)
    {
        Quoted(prefix + "Key", pair.Key);
        Field(prefix + "CreateRevision", pair.CreateRevision);
        Field(prefix + "ModRevision", pair.ModRevision);
        Field(prefix + "Version", pair.Version);
        Quoted(prefix + "Value", pair.Value);
        Lease(prefix + "Lease", pair.Lease);
    }

    private void Field(string name, string value) => Out.WriteLine($"\"{name}\" : {value}");

    private void Field(string name, long value) => Field(name, value.ToString(CultureInfo.InvariantCulture));

    private void Field(string name, ulong value) => Field(name, value.ToString(CultureInfo.InvariantCulture));

    private void Id(string name, ulong id) => Field(name, hex ? Tables.Hex(id) : id.ToString(CultureInfo.InvariantCulture));

    private void Lease(string name, long id) => Field(name, hex ? id.ToString("x16", CultureInfo.InvariantCulture) : id.ToString(CultureInfo.InvariantCulture));

    private void Quoted(string name, string text) => Field(name, GoString.Quote(text));

    private void Quoted(string name, ByteString bytes) => Field(name, GoString.Quote(bytes.Span));

    private static string PermissionName(Permission.Types.Type type) => type switch
    {
        Permission.Types.Type.Read => "READ",
        Permission.Types.Type.Write => "WRITE",
        _ => "READWRITE",
    };
}
