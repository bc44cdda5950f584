using Etcd.Client;
using Etcd.Protocol.Auth;
using Etcd.Protocol.Kv;
using Etcd.Protocol.Rpc;
using Etcdctl.Cli;
using Google.Protobuf;

namespace Etcdctl.Output;

/// <summary>The default format: lines for people and for simple scripts. Keys and values are printed as they are.</summary>
internal sealed class SimplePrinter(Terminal terminal, bool hex) : Printer(terminal.Out, "simple")
{
    private static readonly ByteString s_openEnd = ByteString.CopyFrom(0);

    /// <summary>Leave out keys.</summary>
    public bool ValuesOnly { get; set; }

    public override void Get(RangeResponse response)
    {
        foreach (KeyValue pair in response.Kvs)
            Pair(pair);
    }

    public override void Put(PutResponse response)
    {
        Out.WriteLine("OK");
        if (response.PrevKv is { } previous)
            Pair(previous);
    }

    public override void Delete(DeleteRangeResponse response)
    {
        Out.WriteLine($"{response.Deleted}");
        foreach (KeyValue pair in response.PrevKvs)
            Pair(pair);
    }

    public override void Txn(TxnResponse response)
    {
        Out.WriteLine(response.Succeeded ? "SUCCESS" : "FAILURE");
        foreach (ResponseOp operation in response.Responses)
        {
            Out.WriteLine("");
            switch (operation.ResponseCase)
            {
                case ResponseOp.ResponseOneofCase.ResponseRange: Get(operation.ResponseRange); break;
                case ResponseOp.ResponseOneofCase.ResponsePut: Put(operation.ResponsePut); break;
                case ResponseOp.ResponseOneofCase.ResponseDeleteRange: Delete(operation.ResponseDeleteRange); break;
                default: Out.WriteLine($"unexpected response {operation}"); break;
            }
        }
    }

    public override void Watch(WatchReport report)
    {
        foreach (Event change in report.Events)
        {
            Out.WriteLine(EventName(change));
            if (change.PrevKv is { } previous)
                Pair(previous);
            Pair(change.Kv);
        }
    }

    public override void Grant(LeaseGrantResponse response) => Out.WriteLine($"lease {response.ID:x16} granted with TTL({response.TTL}s)");

    public override void Revoke(long leaseId, LeaseRevokeResponse response) => Out.WriteLine($"lease {leaseId:x16} revoked");

    public override void KeepAlive(LeaseKeepAliveResponse response) => Out.WriteLine($"lease {response.ID:x16} keepalived with TTL({response.TTL})");

    public override void TimeToLive(LeaseTimeToLiveResponse response, bool withKeys)
    {
        if (response is { GrantedTTL: 0, TTL: -1 })
        {
            Out.WriteLine($"lease {response.ID:x16} already expired");
            return;
        }
        Out.Write($"lease {response.ID:x16} granted with TTL({response.GrantedTTL}s), remaining({response.TTL}s)");
        if (withKeys)
        {
            Out.Write(", attached keys([");
            for (int i = 0; i < response.Keys.Count; i++)
            {
                if (i > 0)
                    Out.Write(" ");
                Out.Write(response.Keys[i]);
            }
            Out.Write("])");
        }
        Out.WriteLine("");
    }

    public override void Leases(LeaseLeasesResponse response)
    {
        Out.WriteLine($"found {response.Leases.Count} leases");
        foreach (LeaseStatus lease in response.Leases)
            Out.WriteLine($"{lease.ID:x16}");
    }

    public override void MemberAdd(MemberAddResponse response) =>
        Out.WriteLine($"Member {Padded(response.Member.ID)} added to cluster {Padded(response.Header.ClusterId)}");

    public override void MemberRemove(ulong memberId, MemberRemoveResponse response) =>
        Out.WriteLine($"Member {Padded(memberId)} removed from cluster {Padded(response.Header.ClusterId)}");

    public override void MemberUpdate(ulong memberId, MemberUpdateResponse response) =>
        Out.WriteLine($"Member {Padded(memberId)} updated in cluster {Padded(response.Header.ClusterId)}");

    public override void MemberPromote(ulong memberId, MemberPromoteResponse response) =>
        Out.WriteLine($"Member {Padded(memberId)} promoted in cluster {Padded(response.Header.ClusterId)}");

    public override void MemberList(MemberListResponse response) => Rows(Tables.Members(response));

    public override void Health(IReadOnlyList<EndpointHealth> endpoints)
    {
        foreach (EndpointHealth health in endpoints)
        {
            if (health.Error.Length == 0)
                Out.WriteLine($"{health.Endpoint} is healthy: successfully committed proposal: took = {health.Took}");
            else
                terminal.Error.WriteLine($"{health.Endpoint} is unhealthy: failed to commit proposal: {health.Error}");
        }
    }

    public override void Status(IReadOnlyList<EndpointStatus> endpoints) => Rows(Tables.Status(endpoints));

    public override void HashKv(IReadOnlyList<EndpointHashKv> endpoints) => Rows(Tables.HashKvs(endpoints));

    public override void MoveLeader(ulong leader, ulong target, MoveLeaderResponse response) =>
        Out.WriteLine($"Leadership transferred from {Tables.Hex(leader)} to {Tables.Hex(target)}");

    public override void Downgrade(string action, DowngradeResponse response) =>
        Out.WriteLine($"Downgrade {action} success, cluster version {response.Version}");

    public override void Alarm(AlarmResponse response)
    {
        foreach (AlarmMember alarm in response.Alarms)
            Out.WriteLine($"{(alarm.MemberID == 0 ? "" : $"memberID:{alarm.MemberID} ")}{(alarm.Alarm == AlarmType.None ? "" : $"alarm:{AlarmName(alarm.Alarm)} ")}");
    }

    public override void AuthStatus(AuthStatusResponse response)
    {
        Out.WriteLine($"Authentication Status: {Tables.Bool(response.Enabled)}");
        Out.WriteLine($"AuthRevision: {response.AuthRevision}");
    }

    public override void RoleAdd(string role, AuthRoleAddResponse response) => Out.WriteLine($"Role {role} created");

    public override void RoleGet(string role, AuthRoleGetResponse response)
    {
        Out.WriteLine($"Role {role}");
        Out.WriteLine("KV Read:");
        Permissions(response, Permission.Types.Type.Read);
        Out.WriteLine("KV Write:");
        Permissions(response, Permission.Types.Type.Write);
    }

    public override void RoleDelete(string role, AuthRoleDeleteResponse response) => Out.WriteLine($"Role {role} deleted");

    public override void RoleList(AuthRoleListResponse response)
    {
        foreach (string role in response.Roles)
            Out.WriteLine(role);
    }

    public override void RoleGrantPermission(string role, AuthRoleGrantPermissionResponse response) => Out.WriteLine($"Role {role} updated");

    public override void RoleRevokePermission(string role, string key, string rangeEnd, AuthRoleRevokePermissionResponse response)
    {
        string what = rangeEnd.Length == 0 ? $"key {key}" : rangeEnd == "\0" ? $"range [{key}, <open ended>" : $"range [{key}, {rangeEnd})";
        Out.WriteLine($"Permission of {what} is revoked from role {role}");
    }

    public override void UserAdd(string user, AuthUserAddResponse response) => Out.WriteLine($"User {user} created");

    public override void UserGet(string user, AuthUserGetResponse response)
    {
        Out.WriteLine($"User: {user}");
        Out.WriteLine("Roles:" + string.Concat(response.Roles.Select(role => " " + role)));
    }

    public override void UserList(AuthUserListResponse response)
    {
        foreach (string user in response.Users)
            Out.WriteLine(user);
    }

    public override void UserChangePassword(AuthUserChangePasswordResponse response) => Out.WriteLine("Password updated");

    public override void UserGrantRole(string user, string role, AuthUserGrantRoleResponse response) => Out.WriteLine($"Role {role} is granted to user {user}");

    public override void UserRevokeRole(string user, string role, AuthUserRevokeRoleResponse response) => Out.WriteLine($"Role {role} is revoked from user {user}");

    public override void UserDelete(string user, AuthUserDeleteResponse response) => Out.WriteLine($"User {user} deleted");

    public static string EventName(Event change) => change.Type == Event.Types.EventType.Put ? "PUT" : "DELETE";

    public static string AlarmName(AlarmType alarm) => alarm switch { AlarmType.Nospace => "NOSPACE", AlarmType.Corrupt => "CORRUPT", _ => "NONE" };

    private void Pair(KeyValue pair)
    {
        if (!ValuesOnly)
            Line(pair.Key);
        Line(pair.Value);
    }

    private void Line(ByteString bytes)
    {
        if (hex)
        {
            foreach (byte unit in bytes.Span)
                Out.Write($"\\x{unit:x2}");
        }
        else
        {
            Out.Write(bytes);
        }
        Out.Write("\n"u8);
    }

    private void Rows(IEnumerable<string[]> rows)
    {
        foreach (string[] row in rows)
            Out.WriteLine(string.Join(", ", row));
    }

    private void Permissions(AuthRoleGetResponse response, Permission.Types.Type type)
    {
        foreach (Permission permission in response.Perm)
        {
            if (permission.PermType != type && permission.PermType != Permission.Types.Type.Readwrite)
                continue;
            Out.Write(permission.RangeEnd.IsEmpty ? "\t" : "\t[");
            Out.Write(permission.Key);
            if (!permission.RangeEnd.IsEmpty)
                RangeEnd(permission);
            Out.Write("\n"u8);
        }
    }

    private void RangeEnd(Permission permission)
    {
        if (permission.RangeEnd == s_openEnd)
        {
            Out.Write(", <open ended>");
        }
        else
        {
            Out.Write(", ");
            Out.Write(permission.RangeEnd);
            Out.Write(")");
        }
        if (!permission.Key.IsEmpty && KeyRange.PrefixEnd(permission.Key) == permission.RangeEnd)
        {
            Out.Write(" (prefix ");
            Out.Write(permission.Key);
            Out.Write(")");
        }
    }

    // Go's %16x: padded with spaces, unlike lease ids.
    private static string Padded(ulong id) => Tables.Hex(id).PadLeft(16);
}
