using Etcd.Protocol.Rpc;
using Etcdctl.Cli;
using Google.Protobuf;

namespace Etcdctl.Output;

/// <summary><c>-w json</c>: one line per answer, members named and ordered as in Go's structures, not as in protobuf's JSON.</summary>
internal sealed class JsonPrinter(ByteWriter output, bool hex) : Printer(output, "json")
{
    public override void Get(RangeResponse response) => Print(json => new JsonMessages(json).Range(response));

    public override void Put(PutResponse response) => Print(json => new JsonMessages(json).Put(response));

    public override void Delete(DeleteRangeResponse response) => Print(json => new JsonMessages(json).Delete(response));

    public override void Txn(TxnResponse response) => Print(json => new JsonMessages(json).Txn(response));

    public override void Watch(WatchReport report) => Print(json =>
    {
        var messages = new JsonMessages(json);
        json.Object("Header", report.Header, messages.HeaderFields);
        json.AlwaysObjects("Events", report.Events, messages.Event);
        json.Always("CompactRevision", report.CompactRevision);
        json.Always("Canceled", report.IsCanceled);
        json.Always("Created", value: false);
    });

    // Lease answers are structures of Go's client, which carry the header's members themselves and leave nothing out.
    public override void Grant(LeaseGrantResponse response) => Print(json =>
    {
        EmbeddedHeader(json, response.Header);
        json.Always("ID", response.ID);
        json.Always("TTL", response.TTL);
        json.Always("Error", response.Error);
    });

    public override void Revoke(long leaseId, LeaseRevokeResponse response) => PrintHeader(response.Header);

    public override void KeepAlive(LeaseKeepAliveResponse response) => Print(json =>
    {
        EmbeddedHeader(json, response.Header);
        json.Always("ID", response.ID);
        json.Always("TTL", response.TTL);
    });

    public override void TimeToLive(LeaseTimeToLiveResponse response, bool withKeys) => Print(json =>
    {
        EmbeddedHeader(json, response.Header);
        json.Always("id", response.ID);
        json.Always("ttl", response.TTL);
        json.Always("granted-ttl", response.GrantedTTL);
        if (response.Keys.Count == 0)
        {
            json.Null("keys");
            return;
        }
        json.Name("keys").BeginArray();
        foreach (ByteString key in response.Keys)
            json.Base64(key);
        json.EndArray();
    });

    public override void Leases(LeaseLeasesResponse response) => Print(json =>
    {
        EmbeddedHeader(json, response.Header);
        json.AlwaysObjects("leases", response.Leases, lease => json.Always("id", lease.ID));
    });

    public override void MemberAdd(MemberAddResponse response) => Print(json =>
    {
        Header(json, response.Header);
        json.Object("member", response.Member, member => Member(json, member));
        Members(json, response.Members);
    });

    public override void MemberRemove(ulong memberId, MemberRemoveResponse response) => PrintMembers(response.Header, response.Members);

    public override void MemberUpdate(ulong memberId, MemberUpdateResponse response) => PrintMembers(response.Header, response.Members);

    public override void MemberPromote(ulong memberId, MemberPromoteResponse response) => PrintMembers(response.Header, response.Members);

    public override void MemberList(MemberListResponse response) => PrintMembers(response.Header, response.Members);

    public override void Health(IReadOnlyList<EndpointHealth> endpoints) => PrintArray(endpoints, (json, health) =>
    {
        json.Always("endpoint", health.Endpoint);
        json.Always("health", health.IsHealthy);
        json.Always("took", health.Took);
        json.Text("error", health.Error);
    });

    public override void Status(IReadOnlyList<EndpointStatus> endpoints) => PrintArray(endpoints, (json, report) =>
    {
        json.Always("Endpoint", report.Endpoint);
        json.Object("Status", report.Status, new JsonMessages(json).Status);
    });

    public override void HashKv(IReadOnlyList<EndpointHashKv> endpoints) => PrintArray(endpoints, (json, report) =>
    {
        json.Always("Endpoint", report.Endpoint);
        json.Object("HashKV", report.HashKv, new JsonMessages(json).HashKv);
    });

    public override void MoveLeader(ulong leader, ulong target, MoveLeaderResponse response) => PrintHeader(response.Header);

    public override void Downgrade(string action, DowngradeResponse response) => Print(json =>
    {
        new JsonMessages(json).Header(response.Header);
        json.Text("version", response.Version);
    });

    public override void Alarm(AlarmResponse response) => Print(json =>
    {
        new JsonMessages(json).Header(response.Header);
        json.Objects("alarms", response.Alarms, alarm =>
        {
            json.Number("memberID", alarm.MemberID);
            json.Number("alarm", (long)alarm.Alarm);
        });
    });

    public override void AuthStatus(AuthStatusResponse response) => Print(json =>
    {
        new JsonMessages(json).Header(response.Header);
        json.Bool("enabled", response.Enabled);
        json.Number("authRevision", response.AuthRevision);
    });

    public override void RoleAdd(string role, AuthRoleAddResponse response) => PrintHeader(response.Header);

    public override void RoleGet(string role, AuthRoleGetResponse response) => Print(json =>
    {
        new JsonMessages(json).Header(response.Header);
        json.Objects("perm", response.Perm, permission =>
        {
            json.Number("permType", (long)permission.PermType);
            json.Bytes("key", permission.Key);
            json.Bytes("range_end", permission.RangeEnd);
        });
    });

    public override void RoleDelete(string role, AuthRoleDeleteResponse response) => PrintHeader(response.Header);

    public override void RoleList(AuthRoleListResponse response) => PrintNames(response.Header, "roles", response.Roles);

    public override void RoleGrantPermission(string role, AuthRoleGrantPermissionResponse response) => PrintHeader(response.Header);

    public override void RoleRevokePermission(string role, string key, string rangeEnd, AuthRoleRevokePermissionResponse response) => PrintHeader(response.Header);

    public override void UserAdd(string user, AuthUserAddResponse response) => PrintHeader(response.Header);

    public override void UserGet(string user, AuthUserGetResponse response) => PrintNames(response.Header, "roles", response.Roles);

    public override void UserList(AuthUserListResponse response) => PrintNames(response.Header, "users", response.Users);

    public override void UserChangePassword(AuthUserChangePasswordResponse response) => PrintHeader(response.Header);

    public override void UserGrantRole(string user, string role, AuthUserGrantRoleResponse response) => PrintHeader(response.Header);

    public override void UserRevokeRole(string user, string role, AuthUserRevokeRoleResponse response) => PrintHeader(response.Header);

    public override void UserDelete(string user, AuthUserDeleteResponse response) => PrintHeader(response.Header);

    private void Print(Action<GoJsonWriter> members)
    {
        var json = new GoJsonWriter();
        json.BeginObject();
        members(json);
        json.EndObject();
        Out.WriteLine(json.ToString());
    }

    private void PrintArray<T>(IReadOnlyList<T> reports, Action<GoJsonWriter, T> members)
    {
        var json = new GoJsonWriter();
        json.Array(reports, report => members(json, report));
        Out.WriteLine(json.ToString());
    }

    private void PrintHeader(ResponseHeader? header) => Print(json => new JsonMessages(json).Header(header));

    private void PrintNames(ResponseHeader? header, string name, IReadOnlyCollection<string> names) => Print(json =>
    {
        new JsonMessages(json).Header(header);
        json.Texts(name, names);
    });

    private void PrintMembers(ResponseHeader? header, IReadOnlyCollection<Member> members) => Print(json =>
    {
        Header(json, header);
        Members(json, members);
    });

    private static void EmbeddedHeader(GoJsonWriter json, ResponseHeader? header)
    {
        if (header is not null)
            new JsonMessages(json).HeaderFields(header);
    }

    // Compat: --hex turns ids to hex only in answers about members.
    private void Header(GoJsonWriter json, ResponseHeader? header)
    {
        if (!hex)
        {
            new JsonMessages(json).Header(header);
            return;
        }
        json.Object("header", header, fields =>
        {
            json.Always("cluster_id", Tables.Hex(fields.ClusterId));
            json.Always("member_id", Tables.Hex(fields.MemberId));
            json.Number("revision", fields.Revision);
            json.Number("raft_term", fields.RaftTerm);
        });
    }

    private void Members(GoJsonWriter json, IReadOnlyCollection<Member> members)
    {
        if (hex)
            json.AlwaysObjects("members", members, member => Member(json, member));
        else
            json.Objects("members", members, member => Member(json, member));
    }

    private void Member(GoJsonWriter json, Member member)
    {
        if (hex)
            json.Always("ID", Tables.Hex(member.ID));
        else
            json.Number("ID", member.ID);
        json.Text("name", member.Name);
        json.Texts("peerURLs", member.PeerURLs);
        json.Texts("clientURLs", member.ClientURLs);
        json.Bool("isLearner", member.IsLearner);
    }
}
