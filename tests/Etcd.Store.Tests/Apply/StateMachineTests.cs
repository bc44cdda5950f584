using System.Text;
using Etcd.Foundation;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Raft;
using Etcd.Protocol.Rpc;
using Etcd.Store.Apply;
using Etcd.Store.Auth;
using Etcd.Store.Backend;
using Etcd.Store.Membership;
using Etcd.Store.V2;
using Google.Protobuf;
using LeaseCheckpoint = Etcd.Protocol.Rpc.LeaseCheckpoint;
using Member = Etcd.Store.Membership.Member;

namespace Etcd.Store.Tests.Apply;

public sealed class StateMachineTests : IDisposable
{
    private readonly Rooms _rooms = new(localMemberId: 1);

    [Fact]
    public void EmptyEntry_DoesNothing()
    {
        AppliedEntry applied = _rooms.Apply(new Entry(2, 1, EntryType.Normal, default));
        Assert.Equal(default, applied);
        Assert.Equal(1ul, _rooms.Backend.ConsistentIndex);
    }

    [Fact]
    public void FirstEntry_NewDatabase_GetsTheAuthRevision()
    {
        _rooms.Apply(new Entry(2, 1, EntryType.Normal, default));
        Assert.Equal(["617574685265766973696f6e=0000000000000001"], _rooms.Dump(Bucket.Auth));
    }

    [Fact]
    public void KeyRequests_AreDone()
    {
        Assert.Equal(2, _rooms.Put("a").Result.Revision);
        AppliedEntry txn = _rooms.Apply(new InternalRaftRequest
        {
            Txn = new TxnRequest { Success = { new RequestOp { RequestPut = new PutRequest { Key = Key("b") } } } },
        });
        Assert.True(TxnResponse.Parser.ParseFrom(txn.Result.Body.Span).Succeeded);
        AppliedEntry range = _rooms.Apply(new InternalRaftRequest { Range = new RangeRequest { Key = Key("a"), RangeEnd = Key("z") } });
        Assert.Equal(2, RangeResponse.Parser.ParseFrom(range.Result.Body.Span).Count);
        AppliedEntry delete = _rooms.Apply(new InternalRaftRequest { DeleteRange = new DeleteRangeRequest { Key = Key("a") } });
        Assert.Equal(1, DeleteRangeResponse.Parser.ParseFrom(delete.Result.Body.Span).Deleted);
        Assert.Equal(["b"], _rooms.Range().Kvs.Select(static pair => pair.Key.ToStringUtf8()));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Compaction_GivesAHandle_PhysicalOnesAreAnsweredLater(bool physical)
    {
        _rooms.Put("a");
        _rooms.Put("a");
        AppliedEntry done = _rooms.Apply(new InternalRaftRequest { Compaction = new CompactionRequest { Revision = 3, Physical = physical } });
        Assert.Null(done.Result.Error);
        Assert.NotNull(done.Compaction);
        Assert.Equal(physical, done.AnswerWhenCompacted);
        AppliedEntry again = _rooms.Apply(new InternalRaftRequest { Compaction = new CompactionRequest { Revision = 3, Physical = physical } });
        Assert.Equal(EtcdError.Compacted, again.Result.Error);
        Assert.False(again.AnswerWhenCompacted);
    }

    [Fact]
    public void Lease_GrantAttachRevoke_DeletesItsKeysInOneRevision()
    {
        AppliedEntry grant = _rooms.Apply(new InternalRaftRequest { LeaseGrant = new LeaseGrantRequest { ID = 5, TTL = 1 } });
        Assert.Equal(new LeaseGrantResponse { ID = 5, TTL = 2 }, LeaseGrantResponse.Parser.ParseFrom(grant.Result.Body.Span));
        Assert.Equal(EtcdError.LeaseExists, _rooms.Apply(new InternalRaftRequest { LeaseGrant = new LeaseGrantRequest { ID = 5, TTL = 1 } }).Result.Error);
        Assert.Equal(EtcdError.LeaseNotFound, _rooms.Put("x", lease: 6).Result.Error);
        _rooms.Put("b", lease: 5);
        _rooms.Put("a", lease: 5);
        _rooms.Put("c");
        AppliedEntry revoke = _rooms.Apply(new InternalRaftRequest { LeaseRevoke = new LeaseRevokeRequest { ID = 5 } });
        Assert.Equal(5, revoke.Result.Revision);
        Assert.Equal(["c"], _rooms.Range().Kvs.Select(static pair => pair.Key.ToStringUtf8()));
        Assert.Empty(_rooms.Dump(Bucket.Lease));
        Assert.Equal(EtcdError.LeaseNotFound, _rooms.Apply(new InternalRaftRequest { LeaseRevoke = new LeaseRevokeRequest { ID = 5 } }).Result.Error);
    }

    [Theory]
    [InlineData("3.5.0", "0000000000000005=0805109003")]
    [InlineData("3.6.0", "0000000000000005=08051090031807")]
    public void LeaseCheckpoint_IsStoredFromClusterVersion36On(string version, string record)
    {
        _rooms.Apply(new InternalRaftRequest { ClusterVersionSet = new Protocol.Membership.ClusterVersionSetRequest { Ver = version } });
        _rooms.Apply(new InternalRaftRequest { LeaseGrant = new LeaseGrantRequest { ID = 5, TTL = 400 } });
        _rooms.Apply(new InternalRaftRequest { LeaseCheckpoint = new LeaseCheckpointRequest { Checkpoints = { new LeaseCheckpoint { ID = 5, RemainingTTL = 7 }, new LeaseCheckpoint { ID = 9, RemainingTTL = 7 } } } });
        Assert.Equal([record], _rooms.Dump(Bucket.Lease));
    }

    [Fact]
    public void Quota_Full_WriteIsDoneButToldAndAlarmIsDue()
    {
        _rooms.RoomBytes = 0;
        AppliedEntry put = _rooms.Put("key", "value");
        Assert.Equal(EtcdError.NoSpace, put.Result.Error);
        Assert.Equal(ApplyEffects.QuotaExceeded, put.Effects);
        Assert.Single(_rooms.Range().Kvs);
        AppliedEntry grant = _rooms.Apply(new InternalRaftRequest { LeaseGrant = new LeaseGrantRequest { ID = 5, TTL = 9 } });
        Assert.Equal(EtcdError.NoSpace, grant.Result.Error);
        Assert.True(_rooms.Leases.Exists(5));
        // A request that fails by itself says why, not that there is no room.
        Assert.Equal(EtcdError.LeaseNotFound, _rooms.Put("key", lease: 77).Result.Error);
        Assert.Null(_rooms.Apply(new InternalRaftRequest { DeleteRange = new DeleteRangeRequest { Key = Key("key") } }).Result.Error);
        Assert.Equal([256 + 3 + 5, 64, 256 + 3 + 1], _rooms.CostsAsked);
    }

    [Fact]
    public void Quota_Txn_CostsItsDearerBranchWithWhatIsNested()
    {
        var put = new RequestOp { RequestPut = new PutRequest { Key = Key("abcd") } };
        var inner = new RequestOp { RequestTxn = new TxnRequest { Success = { put }, Failure = { put, put } } };
        _rooms.Apply(new InternalRaftRequest { Txn = new TxnRequest { Success = { put }, Failure = { inner, put } } });
        _rooms.Apply(new InternalRaftRequest { Txn = new TxnRequest { Success = { new RequestOp { RequestRange = new RangeRequest { Key = Key("a") } } } } });
        Assert.Equal([3 * 260, 0], _rooms.CostsAsked);
    }

    [Fact]
    public void NoSpaceAlarm_RefusesWhatNeedsSpace()
    {
        _rooms.Put("a");
        AppliedEntry alarm = _rooms.Alarm(AlarmRequest.Types.AlarmAction.Activate, AlarmType.Nospace);
        Assert.Equal(ApplyEffects.AlarmsChanged, alarm.Effects);
        Assert.Equal(7ul, Assert.Single(AlarmResponse.Parser.ParseFrom(alarm.Result.Body.Span).Alarms).MemberID);
        var put = new RequestOp { RequestPut = new PutRequest { Key = Key("b") } };
        var range = new RequestOp { RequestRange = new RangeRequest { Key = Key("b") } };
        Assert.Equal(EtcdError.NoSpace, _rooms.Put("b").Result.Error);
        Assert.Equal(EtcdError.NoSpace, _rooms.Apply(new InternalRaftRequest { Txn = new TxnRequest { Failure = { put } } }).Result.Error);
        Assert.Equal(EtcdError.NoSpace, _rooms.Apply(new InternalRaftRequest { LeaseGrant = new LeaseGrantRequest { ID = 5, TTL = 9 } }).Result.Error);
        Assert.Null(_rooms.Apply(new InternalRaftRequest { Txn = new TxnRequest { Success = { range } } }).Result.Error);
        Assert.Null(_rooms.Apply(new InternalRaftRequest { Compaction = new CompactionRequest { Revision = 2 } }).Result.Error);
        Assert.Null(_rooms.Apply(new InternalRaftRequest { DeleteRange = new DeleteRangeRequest { Key = Key("a") } }).Result.Error);
        Assert.Empty(_rooms.Range().Kvs);
        Assert.False(_rooms.Leases.Exists(5));
        Assert.Equal(ApplyEffects.AlarmsChanged, _rooms.Alarm(AlarmRequest.Types.AlarmAction.Deactivate, AlarmType.Nospace).Effects);
        Assert.Equal(ApplyEffects.None, _rooms.Alarm(AlarmRequest.Types.AlarmAction.Deactivate, AlarmType.Nospace).Effects);
        Assert.Null(_rooms.Put("b").Result.Error);
    }

    [Fact]
    public void CorruptAlarm_RefusesEveryKeyRequest()
    {
        _rooms.Put("a");
        _rooms.Alarm(AlarmRequest.Types.AlarmAction.Activate, AlarmType.Nospace);
        _rooms.Alarm(AlarmRequest.Types.AlarmAction.Activate, AlarmType.Corrupt);
        InternalRaftRequest[] refused =
        [
            new() { Put = new PutRequest { Key = Key("a") } },
            new() { Range = new RangeRequest { Key = Key("a") } },
            new() { DeleteRange = new DeleteRangeRequest { Key = Key("a") } },
            new() { Txn = new TxnRequest() },
            new() { Compaction = new CompactionRequest { Revision = 1 } },
            new() { LeaseGrant = new LeaseGrantRequest { ID = 5, TTL = 9 } },
            new() { LeaseRevoke = new LeaseRevokeRequest { ID = 5 } },
        ];
        foreach (InternalRaftRequest request in refused)
            Assert.Equal(EtcdError.Corrupt, _rooms.Apply(request).Result.Error);
        Assert.Null(_rooms.Apply(new InternalRaftRequest { AuthRoleAdd = new AuthRoleAddRequest { Name = "r" } }).Result.Error);
        Assert.Null(_rooms.Alarm(AlarmRequest.Types.AlarmAction.Deactivate, AlarmType.Corrupt).Result.Error);
        Assert.Equal(EtcdError.NoSpace, _rooms.Put("a").Result.Error);
    }

    [Fact]
    public void Alarm_Get_ListsThem_UnknownActionsAreHarmless()
    {
        _rooms.Alarm(AlarmRequest.Types.AlarmAction.Activate, AlarmType.Nospace);
        AppliedEntry get = _rooms.Alarm(AlarmRequest.Types.AlarmAction.Get, AlarmType.None);
        Assert.Single(AlarmResponse.Parser.ParseFrom(get.Result.Body.Span).Alarms);
        Assert.Equal(ApplyEffects.None, _rooms.Alarm(AlarmRequest.Types.AlarmAction.Activate, AlarmType.None).Effects);
        Assert.Equal(ApplyEffects.None, _rooms.Alarm((AlarmRequest.Types.AlarmAction)9, AlarmType.Nospace).Effects);
        Assert.Single(_rooms.Alarms.Get(AlarmType.None));
    }

    // spec api §6.5: no user, then old revision, then no right; an alarm comes before all of them.
    [Fact]
    public void Put_WithAuth_RefusalsInOrder()
    {
        _rooms.EnableAuth();
        Identity bob = _rooms.As("bob");
        Assert.Null(_rooms.Put("b", identity: bob).Result.Error);
        Assert.Equal(EtcdError.UserEmpty, _rooms.Put("a").Result.Error);
        Assert.Equal(EtcdError.AuthOldRevision, _rooms.Put("b", identity: bob with { AuthRevision = bob.AuthRevision - 1 }).Result.Error);
        Assert.Equal(EtcdError.PermissionDenied, _rooms.Put("a", identity: bob).Result.Error);
        _rooms.Alarm(AlarmRequest.Types.AlarmAction.Activate, AlarmType.Nospace);
        Assert.Equal(EtcdError.NoSpace, _rooms.Put("a", identity: bob).Result.Error);
        Assert.Equal(["b"], _rooms.Range().Kvs.Select(static pair => pair.Key.ToStringUtf8()));
    }

    [Fact]
    public void LeaseRevoke_WithAuth_NeedsWriteOnItsKeys()
    {
        _rooms.Apply(new InternalRaftRequest { LeaseGrant = new LeaseGrantRequest { ID = 5, TTL = 9 } });
        _rooms.Put("secret", lease: 5);
        _rooms.EnableAuth();
        Assert.Equal(EtcdError.PermissionDenied, _rooms.Apply(new InternalRaftRequest { LeaseRevoke = new LeaseRevokeRequest { ID = 5 } }, _rooms.As("bob")).Result.Error);
        Assert.Equal(EtcdError.PermissionDenied, _rooms.Put("b", lease: 5, identity: _rooms.As("bob")).Result.Error);
        Assert.Equal(EtcdError.LeaseNotFound, _rooms.Apply(new InternalRaftRequest { LeaseRevoke = new LeaseRevokeRequest { ID = 6 } }, _rooms.As("bob")).Result.Error);
        Assert.Null(_rooms.Apply(new InternalRaftRequest { LeaseRevoke = new LeaseRevokeRequest { ID = 5 } }, _rooms.As("root")).Result.Error);
    }

    [Fact]
    public void AuthRequests_NeedAnAdministrator_ExceptForOneself()
    {
        _rooms.EnableAuth();
        InternalRaftRequest[] admins =
        [
            new() { AuthEnable = new AuthEnableRequest() },
            new() { AuthDisable = new AuthDisableRequest() },
            new() { AuthUserAdd = new AuthUserAddRequest { Name = "x" } },
            new() { AuthUserDelete = new AuthUserDeleteRequest { Name = "bob" } },
            new() { AuthUserChangePassword = new AuthUserChangePasswordRequest { Name = "bob" } },
            new() { AuthUserGrantRole = new AuthUserGrantRoleRequest { User = "bob", Role = "root" } },
            new() { AuthUserRevokeRole = new AuthUserRevokeRoleRequest { Name = "bob", Role = "bobs" } },
            new() { AuthUserList = new AuthUserListRequest() },
            new() { AuthUserGet = new AuthUserGetRequest { Name = "root" } },
            new() { AuthRoleAdd = new AuthRoleAddRequest { Name = "x" } },
            new() { AuthRoleDelete = new AuthRoleDeleteRequest { Role = "bobs" } },
            new() { AuthRoleGet = new AuthRoleGetRequest { Role = "root" } },
            new() { AuthRoleList = new AuthRoleListRequest() },
            new() { AuthRoleGrantPermission = new AuthRoleGrantPermissionRequest { Name = "bobs" } },
            new() { AuthRoleRevokePermission = new AuthRoleRevokePermissionRequest { Role = "bobs" } },
        ];
        ulong revision = _rooms.Auth.Current.Revision;
        foreach (InternalRaftRequest request in admins)
        {
            Assert.Equal(EtcdError.PermissionDenied, _rooms.Apply(request, _rooms.As("bob")).Result.Error);
            Assert.Equal(EtcdError.UserEmpty, _rooms.Apply(request).Result.Error);
        }
        Assert.Equal(revision, _rooms.Auth.Current.Revision);
        AppliedEntry self = _rooms.Apply(new InternalRaftRequest { AuthUserGet = new AuthUserGetRequest { Name = "bob" } }, _rooms.As("bob"));
        Assert.Equal(["bobs"], AuthUserGetResponse.Parser.ParseFrom(self.Result.Body.Span).Roles);
        AppliedEntry role = _rooms.Apply(new InternalRaftRequest { AuthRoleGet = new AuthRoleGetRequest { Role = "bobs" } }, _rooms.As("bob"));
        Assert.Equal(2, AuthRoleGetResponse.Parser.ParseFrom(role.Result.Body.Span).Perm.Count);
        AppliedEntry status = _rooms.Apply(new InternalRaftRequest { AuthStatus = new AuthStatusRequest() });
        Assert.Equal(new AuthStatusResponse { Enabled = true, AuthRevision = revision }, AuthStatusResponse.Parser.ParseFrom(status.Result.Body.Span));
    }

    [Fact]
    public void AuthRequests_Root_ListsAndTokens()
    {
        _rooms.EnableAuth();
        Identity root = _rooms.As("root");
        Assert.Equal(["bob", "root"], AuthUserListResponse.Parser.ParseFrom(_rooms.Apply(new InternalRaftRequest { AuthUserList = new AuthUserListRequest() }, root).Result.Body.Span).Users);
        Assert.Equal(["bobs"], AuthRoleListResponse.Parser.ParseFrom(_rooms.Apply(new InternalRaftRequest { AuthRoleList = new AuthRoleListRequest() }, root).Result.Body.Span).Roles);
        AppliedEntry login = _rooms.Apply(new InternalRaftRequest { Authenticate = new InternalAuthenticateRequest { Name = "bob", SimpleToken = "prefix" } });
        Assert.Equal($"prefix.{_rooms.Index}", AuthenticateResponse.Parser.ParseFrom(login.Result.Body.Span).Token);
        Assert.Equal(ApplyEffects.None, login.Effects);
        AppliedEntry disabled = _rooms.Apply(new InternalRaftRequest { AuthDisable = new AuthDisableRequest() }, root);
        Assert.Equal(ApplyEffects.AuthChanged, disabled.Effects);
        Assert.Equal("disable", _rooms.Tokens.Calls[^1]);
    }

    // 3.4 logs: every member hashes the password itself, and must come to the same bytes.
    [Fact]
    public void UserAdd_ClearText_SameHashOnEveryMember_AnotherForEveryUser()
    {
        using var other = new Rooms();
        InternalRaftRequest[] requests = [.. new[] { "alice", "bob" }.Select(static name => new InternalRaftRequest { AuthUserAdd = new AuthUserAddRequest { Name = name, Password = "same" } })];
        foreach (InternalRaftRequest request in requests)
        {
            _rooms.Apply(request.Clone());
            other.Apply(request.Clone());
        }
        Assert.Equal(_rooms.Dump(Bucket.AuthUsers), other.Dump(Bucket.AuthUsers));
        Assert.NotEqual(_rooms.Auth.Current.Users["alice"].Password, _rooms.Auth.Current.Users["bob"].Password);
        Assert.True(Bcrypt.Verify(_rooms.Auth.Current.Users["bob"].Password.Span, "same"u8));
    }

    [Fact]
    public void ConfChange_Done_ReachesRaftAsItIs_RefusedAsNothing()
    {
        AppliedEntry added = _rooms.Apply(ConfEntry(1, AddNode(1, "http://a:1", requestId: 99)));
        Assert.Equal((99ul, ApplyEffects.MembersChanged), (added.RequestId, added.Effects));
        Assert.Equal(1ul, added.ConfChange!.Change.NodeId);
        AppliedEntry refused = _rooms.Apply(ConfEntry(2, AddNode(2, "http://a:1", requestId: 100)));
        Assert.Equal((MembershipError.PeerUrlExists, 0ul), (refused.ConfChange!.Refusal, refused.ConfChange.Change.NodeId));
        Assert.Equal(EtcdError.PeerUrlExists, refused.Result.Error);
        AppliedEntry removed = _rooms.Apply(ConfEntry(3, new ConfChange(0, ConfChangeType.RemoveNode, 1, default)));
        Assert.Equal(ApplyEffects.MembersChanged | ApplyEffects.RemovedSelf, removed.Effects);
    }

    [Fact]
    public void ClusterVersion_ByEitherForm_AndLowering()
    {
        AppliedEntry first = _rooms.Apply(V2Entry(1, new Request { ID = 8, Method = "PUT", Path = "/0/version", Val = "3.4.0" }));
        Assert.Equal((8ul, ApplyEffects.ClusterVersionChanged), (first.RequestId, first.Effects));
        Assert.Equal(ApplyEffects.None, _rooms.Apply(V2Entry(2, new Request { Method = "PUT", Path = "/0/version", Val = "3.4.0" })).Effects);
        Assert.Equal(ApplyEffects.ClusterVersionChanged, SetVersion("3.6.0").Effects);
        Assert.Equal(ApplyEffects.ClusterVersionChanged | ApplyEffects.ClusterVersionLowered, SetVersion("3.5.0").Effects);
        Assert.Equal("3.5.0", _rooms.V2.Get("/0/version", recursive: false, now: 0).Event!.Node.Value);
        Assert.Throws<InvariantException>(() => SetVersion("new"));
    }

    [Fact]
    public void Attributes_ByEitherForm()
    {
        _rooms.Apply(ConfEntry(1, AddNode(0xab, "http://a:1")));
        _rooms.Apply(V2Entry(2, new Request { Method = "PUT", Path = "/0/members/ab/attributes", Val = """{"name":"m1","clientURLs":["http://a:2"]}""" }));
        Assert.Equal("m1", _rooms.Cluster.Current.Find(0xab)!.Name);
        AppliedEntry second = _rooms.Apply(new InternalRaftRequest
        {
            ClusterMemberAttrSet = new Protocol.Membership.ClusterMemberAttrSetRequest { MemberID = 0xab, MemberAttributes = new Protocol.Membership.Attributes { Name = "m2" } },
        });
        Assert.Equal(ApplyEffects.MembersChanged, second.Effects);
        Assert.Equal("""{"name":"m2"}""", _rooms.V2.Get("/0/members/ab/attributes", recursive: false, now: 0).Event!.Node.Value);
    }

    [Fact]
    public void V2Request_AnswersWithAnEvent()
    {
        AppliedEntry applied = _rooms.Apply(V2Entry(1, new Request { ID = 3, Method = "PUT", Path = "/1/a", Val = "x" }));
        Assert.Equal(3ul, applied.RequestId);
        Assert.Equal("x", applied.V2!.Value.Event!.Node.Value);
        Assert.Equal(V2ErrorCode.KeyNotFound, ErrorOf(_rooms.Apply(V2Entry(2, new Request { Method = "DELETE", Path = "/1/b" }))));
        Assert.Equal(3ul, StateMachine.RequestIdOf(V2Entry(3, new Request { ID = 3, Method = "POST", Path = "/1/q" })));
        Assert.Null(_rooms.Apply(V2Entry(3, new Request { ID = 3, Method = "SYNC", Time = 5 })).V2!.Value.Event);
    }

    // After a restart the log is replayed from the snapshot; the database must not change, the v2 store must.
    [Fact]
    public void Replay_InDatabase_ChangesOnlyTheV2Store()
    {
        Entry[] entries =
        [
            ConfEntry(1, AddNode(1, "http://a:1")),
            V2Entry(2, new Request { Method = "PUT", Path = "/0/version", Val = "3.5.0" }),
            V2Entry(3, new Request { Method = "PUT", Path = "/1/a", Val = "x" }),
            Normal(4, new InternalRaftRequest { Put = new PutRequest { Key = Key("a") } }),
            Normal(5, new InternalRaftRequest { LeaseGrant = new LeaseGrantRequest { ID = 5, TTL = 9 } }),
            Normal(6, new InternalRaftRequest { AuthUserAdd = new AuthUserAddRequest { Name = "bob" } }),
            Normal(7, new InternalRaftRequest { ClusterMemberAttrSet = new Protocol.Membership.ClusterMemberAttrSetRequest { MemberID = 1, MemberAttributes = new Protocol.Membership.Attributes { Name = "m1" } } }),
        ];
        foreach (Entry entry in entries)
            _rooms.Apply(entry);
        string[] buckets = [.. Enum.GetValues<Bucket>().Where(static bucket => bucket != Bucket.Key).SelectMany(_rooms.Dump)];
        long revision = _rooms.Mvcc.AppliedRevision;
        var v2 = new V2Store();
        var again = new Cluster(_rooms.Backend, v2, maxLearners: 1);
        again.Load(MembershipSource.V2Store);
        var machine = new StateMachine(_rooms.Mvcc, _rooms.Leases, _rooms.Auth, again, v2, _rooms.Alarms, new StateMachineOptions { LocalMemberId = 1 });
        foreach (Entry entry in entries)
            machine.Apply(entry, new ApplyContext(InDatabase: true, TimeSpan.Zero, 0));
        Assert.Equal(buckets, [.. Enum.GetValues<Bucket>().Where(static bucket => bucket != Bucket.Key).SelectMany(_rooms.Dump)], StringComparer.Ordinal);
        Assert.Equal(revision, _rooms.Mvcc.AppliedRevision);
        Assert.Equal(Encoding.UTF8.GetString(_rooms.V2.Save()), Encoding.UTF8.GetString(v2.Save()));
        Assert.Equal("m1", again.Current.Find(1)!.Name);
    }

    [Fact]
    public void V2Index_EntriesUpToIt_ChangeNothing()
    {
        var machine = new StateMachine(_rooms.Mvcc, _rooms.Leases, _rooms.Auth, _rooms.Cluster, _rooms.V2, _rooms.Alarms, new StateMachineOptions { LocalMemberId = 1, V2Index = 10 });
        var replayed = new ApplyContext(InDatabase: true, TimeSpan.Zero, 0);
        AppliedEntry change = machine.Apply(ConfEntry(9, AddNode(1, "http://a:1")), replayed);
        Assert.Equal((0ul, null), (change.ConfChange!.Change.NodeId, change.ConfChange.Refusal));
        machine.Apply(V2Entry(10, new Request { Method = "PUT", Path = "/1/a", Val = "x" }), replayed);
        Assert.Equal(0ul, _rooms.V2.Index);
        machine.Apply(V2Entry(11, new Request { Method = "PUT", Path = "/1/a", Val = "x" }), replayed);
        Assert.Equal(1ul, _rooms.V2.Index);
    }

    [Fact]
    public void UnknownVariant_StopsTheMember()
    {
        byte[] future = [0x82, 0x7d, 0x00, 0xa2, 0x06, 0x02, 0x08, 0x05]; // field 2000, header {ID 5}
        InvariantException stop = Assert.Throws<InvariantException>(() => _rooms.Apply(new Entry(1, 1, EntryType.Normal, future)));
        Assert.Contains("variant 2000", stop.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(EntryType.Normal)]
    [InlineData(EntryType.ConfChange)]
    public void EntryThatIsNoMessage_StopsTheMember(EntryType type) =>
        Assert.Throws<InvariantException>(() => _rooms.Apply(new Entry(1, 1, type, new byte[] { 0xff, 0xff })));

    [Fact]
    public void ConfChangeV2_StopsTheMember() =>
        Assert.Throws<InvariantException>(() => _rooms.Apply(new Entry(1, 1, EntryType.ConfChangeV2, default)));

    // The API checks what clients send; if it ever misses something, the cluster must not stop at it for ever.
    [Theory]
    [InlineData(4)] // put
    [InlineData(5)]
    [InlineData(6)] // txn
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(10)]
    [InlineData(1100)]
    [InlineData(1203)]
    public void MalformedClientRequest_IsRefused_NothingChanges(int variant)
    {
        byte[] body = variant == 6 ? [0x12, 0x04, 0x12, 0x02, 0x0a, 0x7f] : [0x0a, 0x7f]; // a key of 127 bytes that are not there
        using var payload = new MemoryStream();
        using (var output = new CodedOutputStream(payload, leaveOpen: true))
        {
            output.WriteTag(variant, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(body));
            output.WriteTag(100, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(new RequestHeader { ID = 5 }.ToByteString());
        }
        AppliedEntry applied = _rooms.Apply(new Entry(1, 1, EntryType.Normal, payload.ToArray()));
        Assert.Equal(5ul, applied.RequestId);
        Assert.Equal(StatusCode.Internal, applied.Result.Error!.Code);
        Assert.Equal(1, _rooms.Mvcc.AppliedRevision);
    }

    [Fact]
    public void TxnNestedTooDeeply_IsRefused()
    {
        var txn = new TxnRequest();
        for (int i = 0; i < 40; i++)
            txn = new TxnRequest { Success = { new RequestOp { RequestTxn = txn } } };
        Assert.Null(_rooms.Apply(new InternalRaftRequest { Txn = txn }).Result.Error);
        byte[] nested = [];
        for (int i = 0; i < 20_000; i++)
            nested = WrapTxn(nested);
        AppliedEntry applied = _rooms.Apply(new Entry(1, 2, EntryType.Normal, Field(6, nested)));
        Assert.Equal(StatusCode.Internal, applied.Result.Error!.Code);
    }

    public void Dispose() => _rooms.Dispose();

    private static V2ErrorCode? ErrorOf(AppliedEntry applied) => applied.V2!.Value.Error?.Code;

    private AppliedEntry SetVersion(string version) =>
        _rooms.Apply(new InternalRaftRequest { ClusterVersionSet = new Protocol.Membership.ClusterVersionSetRequest { Ver = version } });

    // TxnRequest {2 success: RequestOp {4 request_txn}}
    private static byte[] WrapTxn(byte[] inner) => Field(2, Field(4, inner));

    private static byte[] Field(int number, byte[] body)
    {
        using var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes, leaveOpen: true))
        {
            output.WriteTag(number, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(body));
        }
        return bytes.ToArray();
    }

    private static ByteString Key(string text) => ByteString.CopyFromUtf8(text);

    private static ConfChange AddNode(ulong id, string url, ulong requestId = 0) =>
        new(requestId, ConfChangeType.AddNode, id, MemberJson.Encode(new Member(id) { PeerUrls = [url] }));

    private static Entry ConfEntry(ulong index, ConfChange change) => new(1, index, EntryType.ConfChange, ConfChangeCodec.Encode(change, WireDialect.V37));

    private static Entry V2Entry(ulong index, Request request) => new(1, index, EntryType.Normal, request.ToByteArray());

    private static Entry Normal(ulong index, InternalRaftRequest request) => new(1, index, EntryType.Normal, request.ToByteArray());
}
