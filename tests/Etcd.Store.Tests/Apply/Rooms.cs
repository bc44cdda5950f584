using Etcd.Foundation.Files;
using Etcd.Protocol.Auth;
using Etcd.Protocol.Raft;
using Etcd.Protocol.Rpc;
using Etcd.Store.Alarms;
using Etcd.Store.Apply;
using Etcd.Store.Auth;
using Etcd.Store.Backend;
using Etcd.Store.Lease;
using Etcd.Store.Membership;
using Etcd.Store.Mvcc;
using Etcd.Store.Tests.Auth;
using Etcd.Store.V2;
using Etcd.TestKit;
using Google.Protobuf;

namespace Etcd.Store.Tests.Apply;

/// <summary>A whole state machine on a database of its own, and the little that its owner does around it.</summary>
internal sealed class Rooms : IDisposable, IQuota
{
    private readonly TempDirectory _directory = new();
    private ulong _requestId;

    /// <param name="database">Content of an existing database; null for a new one.</param>
    /// <param name="v2Document">What the v2 store is recovered from; null for an empty one.</param>
    public Rooms(byte[]? database = null, byte[]? v2Document = null, ulong localMemberId = 0)
    {
        string path = _directory.Combine("db");
        if (database is not null)
            File.WriteAllBytes(path, database);
        Backend = BatchingBackend.Open(new RealFileSystem(), path, new BackendOptions(), TimeProvider.System);
        Leases = new Lessor(Backend, new LessorOptions());
        Mvcc = MvccStore.Open(Backend, Leases, new MvccOptions());
        Auth = new AuthStore(Backend, Tokens, bcryptCost: 4);
        Alarms = new AlarmStore(Backend);
        if (v2Document is not null)
            V2.Recover(v2Document);
        Cluster = new Cluster(Backend, V2, maxLearners: 1);
        Cluster.Load(Cluster.ChooseSource(Backend));
        Machine = new StateMachine(Mvcc, Leases, Auth, Cluster, V2, Alarms, new StateMachineOptions { LocalMemberId = localMemberId, Quota = this });
    }

    public BatchingBackend Backend { get; }

    public MvccStore Mvcc { get; }

    public Lessor Leases { get; }

    public AuthStore Auth { get; }

    public AlarmStore Alarms { get; }

    public V2Store V2 { get; } = new();

    public Cluster Cluster { get; }

    public StateMachine Machine { get; }

    public RecordedTokens Tokens { get; } = new();

    public ulong Index { get; private set; }

    /// <summary>Costs above this do not fit.</summary>
    public long RoomBytes { get; set; } = long.MaxValue;

    public List<long> CostsAsked { get; } = [];

    public bool HasRoomFor(long costBytes)
    {
        CostsAsked.Add(costBytes);
        return costBytes <= RoomBytes;
    }

    /// <summary>Applies an entry as the owner does.</summary>
    public AppliedEntry Apply(in Entry entry)
    {
        bool inDatabase = entry.Index <= Backend.ConsistentIndex;
        if (!inDatabase)
            Backend.BeginApply(entry.Index, entry.Term);
        AppliedEntry applied = Machine.Apply(entry, new ApplyContext(inDatabase, TimeSpan.Zero, 0));
        if (!inDatabase)
            Backend.EndApply();
        Index = entry.Index;
        return applied;
    }

    /// <summary>Applies a request as the next entry.</summary>
    /// <param name="identity">Goes into the header.</param>
    public AppliedEntry Apply(InternalRaftRequest request, Identity identity = default)
    {
        request.Header = new RequestHeader { ID = ++_requestId, Username = identity.UserName ?? "", AuthRevision = identity.AuthRevision };
        AppliedEntry applied = Apply(new Entry(1, Index + 1, EntryType.Normal, request.ToByteArray()));
        Assert.Equal(_requestId, applied.RequestId);
        return applied;
    }

    public AppliedEntry Put(string key, string value = "v", long lease = 0, Identity identity = default) => Apply(
        new InternalRaftRequest { Put = new PutRequest { Key = ByteString.CopyFromUtf8(key), Value = ByteString.CopyFromUtf8(value), Lease = lease } }, identity);

    public AppliedEntry Alarm(AlarmRequest.Types.AlarmAction action, AlarmType type) =>
        Apply(new InternalRaftRequest { Alarm = new AlarmRequest { Action = action, MemberID = 7, Alarm = type } });

    /// <summary>Root with role root, and user bob with the right to write key "b" and read key "r"; then switches auth on.</summary>
    public void EnableAuth()
    {
        foreach (string user in (string[])["root", "bob"])
            Assert.Null(Apply(new InternalRaftRequest { AuthUserAdd = new AuthUserAddRequest { Name = user } }).Result.Error);
        Apply(new InternalRaftRequest { AuthRoleAdd = new AuthRoleAddRequest { Name = "bobs" } });
        Grant("b", Permission.Types.Type.Write);
        Grant("r", Permission.Types.Type.Read);
        Apply(new InternalRaftRequest { AuthUserGrantRole = new AuthUserGrantRoleRequest { User = "bob", Role = "bobs" } });
        Apply(new InternalRaftRequest { AuthUserGrantRole = new AuthUserGrantRoleRequest { User = "root", Role = "root" } });
        Assert.Null(Apply(new InternalRaftRequest { AuthEnable = new AuthEnableRequest() }).Result.Error);
    }

    public Identity As(string user) => new(user, Auth.Current.Revision);

    public RangeResponse Range(string key = "\0", string rangeEnd = "\0")
    {
        Mvcc.Publish();
        byte[] request = new RangeRequest { Key = ByteString.CopyFromUtf8(key), RangeEnd = ByteString.CopyFromUtf8(rangeEnd) }.ToByteArray();
        Assert.Null(Mvcc.Range(request, out RangeReply? reply));
        using (reply)
        {
            var output = new System.Buffers.ArrayBufferWriter<byte>();
            while (reply!.WriteNext(output, int.MaxValue))
            {
            }
            return RangeResponse.Parser.ParseFrom(output.WrittenSpan);
        }
    }

    public string[] Dump(Bucket bucket) => [.. Backend.Scan(bucket)
        .Select(static pair => $"{Convert.ToHexStringLower(pair.Key.Span)}={Convert.ToHexStringLower(pair.Value.Span)}")];

    public void Dispose()
    {
        Mvcc.Dispose();
        Backend.Dispose();
        _directory.Dispose();
    }

    private void Grant(string key, Permission.Types.Type type) => Assert.Null(Apply(new InternalRaftRequest
    {
        AuthRoleGrantPermission = new AuthRoleGrantPermissionRequest { Name = "bobs", Perm = new Permission { Key = ByteString.CopyFromUtf8(key), PermType = type } },
    }).Result.Error);
}
