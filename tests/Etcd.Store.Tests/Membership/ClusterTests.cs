using System.Text;
using Etcd.Foundation;
using Etcd.Protocol.Raft;
using Etcd.Store.Backend;
using Etcd.Store.Membership;
using Etcd.Store.Tests.Apply;
using Etcd.Store.V2;

namespace Etcd.Store.Tests.Membership;

public sealed class ClusterTests
{
    private readonly MemoryBackend _backend = new();
    private readonly V2Store _v2 = new();
    private readonly Cluster _cluster;

    public ClusterTests() => _cluster = new Cluster(_backend, _v2, maxLearners: 1);

    [Fact]
    public void Apply_AddUpdatePromoteRemove_AllThreePlaces()
    {
        Do(Add(0xa1, "http://a:1", name: "m1"));
        Do(Add(0x0b2, "http://b:1", learner: true));
        Assert.Equal([0xa1ul, 0xb2ul], _cluster.Current.Members.Select(static member => member.Id));
        Assert.Equal(["a1", "b2"], Texts(Bucket.Members));
        Assert.Equal("""{"peerURLs":["http://b:1"],"isLearner":true}""", V2("/0/members/b2/raftAttributes"));
        Do(Promote(0xb2));
        Do(Update(0xb2, "http://b:2"));
        Assert.False(_cluster.Current.Find(0xb2)!.IsLearner);
        Assert.Equal("""{"peerURLs":["http://b:2"]}""", V2("/0/members/b2/raftAttributes"));
        Do(Remove(0xa1));
        Assert.Equal([0xa1ul], _cluster.Current.Removed);
        Assert.Equal(["6131=72656d6f766564"], _backend.Dump(Bucket.MembersRemoved));
        Assert.Equal(["b2"], Texts(Bucket.Members));
        Assert.Null(V2("/0/members/a1/raftAttributes"));
        Assert.Equal("", V2("/0/removed_members/a1"));
        Assert.Equal([0xb2ul], _cluster.Current.ConfState.Voters);
    }

    // spec peer §8.3, in its order.
    [Fact]
    public void Validate_RefusalsInOrder()
    {
        Do(Add(1, "http://a:1"));
        Do(Add(2, "http://b:1", learner: true));
        Do(Add(3, "http://c:1"));
        Do(Remove(3));
        foreach (ConfChange change in (ConfChange[])[Add(3, "http://a:1"), Remove(3), Update(3, "http://a:1"), Promote(3)])
            Assert.Equal(MembershipError.IdRemoved, _cluster.Validate(change, inDatabase: false));
        Assert.Equal(MembershipError.IdExists, _cluster.Validate(Add(1, "http://b:1", learner: true), inDatabase: false));
        Assert.Equal(MembershipError.PeerUrlExists, _cluster.Validate(Add(4, "http://b:1", learner: true), inDatabase: false));
        Assert.Equal(MembershipError.TooManyLearners, _cluster.Validate(Add(4, "http://d:1", learner: true), inDatabase: false));
        Assert.Null(_cluster.Validate(Add(4, "http://c:1"), inDatabase: false));
        Assert.Equal(MembershipError.IdNotFound, _cluster.Validate(Promote(4), inDatabase: false));
        Assert.Equal(MembershipError.NotLearner, _cluster.Validate(Promote(1), inDatabase: false));
        Assert.Null(_cluster.Validate(Promote(2), inDatabase: false));
        Assert.Equal(MembershipError.IdNotFound, _cluster.Validate(Remove(4), inDatabase: false));
        Assert.Equal(MembershipError.IdNotFound, _cluster.Validate(Update(4, "http://a:1"), inDatabase: false));
        Assert.Equal(MembershipError.PeerUrlExists, _cluster.Validate(Update(1, "http://b:1"), inDatabase: false));
        Assert.Null(_cluster.Validate(Update(1, "http://a:1"), inDatabase: false));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("{\"id\":2}")]
    public void Validate_ContextOfAnotherMember_StopsTheMember(string context) => Assert.Throws<InvariantException>(() =>
        _cluster.Validate(new ConfChange(0, ConfChangeType.AddNode, 1, Encoding.UTF8.GetBytes(context)), inDatabase: false));

    [Fact]
    public void SetAttributes_Published_UnknownMemberStops_RemovedIsSkipped()
    {
        Do(Add(1, "http://a:1"));
        Assert.True(_cluster.SetAttributes(1, "m1", ["http://a:2"], inDatabase: false));
        Assert.Equal("""{"name":"m1","clientURLs":["http://a:2"]}""", V2("/0/members/1/attributes"));
        Assert.Equal("""{"id":1,"peerURLs":["http://a:1"],"name":"m1","clientURLs":["http://a:2"]}""", Record(Bucket.Members, "1"));
        Do(Remove(1));
        Assert.False(_cluster.SetAttributes(1, "m1", [], inDatabase: false));
        Assert.Throws<InvariantException>(() => _cluster.SetAttributes(2, "m2", [], inDatabase: false));
    }

    [Fact]
    public void VersionAndDowngrade_GoTexts()
    {
        _cluster.SetVersion(new ClusterVersion(3, 5, 0), inDatabase: false);
        _cluster.SetDowngrade(new DowngradeInfo(true, "3.4.0"), inDatabase: false);
        Assert.Equal("3.5.0", Record(Bucket.Cluster, "clusterVersion"));
        Assert.Equal("3.5.0", V2("/0/version"));
        Assert.Equal("""{"target-version":"3.4.0","enabled":true}""", Record(Bucket.Cluster, "downgrade"));
        _cluster.SetDowngrade(DowngradeInfo.None, inDatabase: false);
        Assert.Equal("""{"target-version":"","enabled":false}""", Record(Bucket.Cluster, "downgrade"));
        Assert.Null(V2("/0/downgrade"));
    }

    [Fact]
    public void Load_EitherSource_SameView()
    {
        Do(Add(0xff00000000000000, "http://a:1", name: "m1"));
        Do(Add(2, "http://b:1", learner: true));
        Do(Add(3, "http://c:1"));
        Do(Remove(3));
        _cluster.SetAttributes(0xff00000000000000, "m1", ["http://a:2"], inDatabase: false);
        _cluster.SetVersion(new ClusterVersion(3, 5, 0), inDatabase: false);
        _cluster.SetDowngrade(new DowngradeInfo(true, "3.4.0"), inDatabase: false);
        foreach (MembershipSource source in Enum.GetValues<MembershipSource>())
        {
            var again = new Cluster(_backend, _v2, maxLearners: 1);
            again.Load(source);
            Assert.Equal(Show(_cluster.Current), Show(again.Current));
        }
    }

    [Fact]
    public void ChooseSource_StorageVersionTells()
    {
        Assert.Equal(MembershipSource.V2Store, Cluster.ChooseSource(_backend));
        _backend.Put(Bucket.Meta, "storageVersion"u8.ToArray(), "3.6.0"u8.ToArray());
        Assert.Equal(MembershipSource.Database, Cluster.ChooseSource(_backend));
    }

    // A restart of a member up to 3.5: the snapshot's v2 store, then entries that the database has already.
    [Fact]
    public void Replay_V2StoreIsRight_CurrentFollowsIt_BucketsAreRepaired()
    {
        Do(Add(1, "http://a:1"));
        byte[] snapshot = _v2.Save();
        Do(Add(2, "http://b:1"));
        _backend.Put(Bucket.Members, "dead"u8.ToArray(), """{"id":57005,"peerURLs":["http://zombie:1"]}"""u8.ToArray());
        _backend.Put(Bucket.MembersRemoved, "beef"u8.ToArray(), "removed"u8.ToArray());
        _backend.Delete(Bucket.Members, "2"u8.ToArray());

        var v2 = new V2Store();
        v2.Recover(snapshot);
        var again = new Cluster(_backend, v2, maxLearners: 1);
        again.Load(MembershipSource.V2Store);
        Assert.Equal([1ul], again.Current.Members.Select(static member => member.Id));
        Assert.Null(again.Validate(Add(2, "http://b:1"), inDatabase: true));
        again.Apply(Add(2, "http://b:1"), inDatabase: true);
        Assert.Equal([1ul, 2ul], again.Current.Members.Select(static member => member.Id));
        Assert.Equal(["1", "dead"], Texts(Bucket.Members));

        again.RepairBuckets();
        Assert.Equal(["1", "2"], Texts(Bucket.Members));
        Assert.Empty(_backend.Dump(Bucket.MembersRemoved));
        Assert.Equal(_v2.Save(), v2.Save());
    }

    // A restart of a newer member: the database is ahead of the snapshot; old entries must not shake what it says.
    [Fact]
    public void Replay_DatabaseIsRight_OldEntriesAreJudgedByTheV2Store()
    {
        Do(Add(1, "http://a:1"));
        byte[] snapshot = _v2.Save();
        Do(Add(2, "http://b:1"));
        Do(Remove(2));
        Do(Add(3, "http://b:1"));
        string[] buckets = DumpMembers();

        var v2 = new V2Store();
        v2.Recover(snapshot);
        var again = new Cluster(_backend, v2, maxLearners: 1);
        again.Load(MembershipSource.Database);
        ConfChange[] old = [Add(2, "http://b:1"), Update(2, "http://b:2"), Update(2, "http://b:1"), Remove(2), Add(3, "http://b:1")];
        foreach (ConfChange change in old)
        {
            Assert.Null(again.Validate(change, inDatabase: true));
            again.Apply(change, inDatabase: true);
            Assert.Equal([1ul, 3ul], again.Current.Members.Select(static member => member.Id));
        }
        Assert.Equal(MembershipError.IdRemoved, again.Validate(Add(2, "http://x:1"), inDatabase: true));
        Assert.Equal(buckets, DumpMembers());
        again.RepairBuckets();
        Assert.Equal(buckets, DumpMembers());
    }

    [Fact]
    public void RebuildV2Store_FromTheDatabase_HasEverything()
    {
        Do(Add(1, "http://a:1", name: "m1"));
        Do(Add(2, "http://b:1"));
        Do(Remove(2));
        _cluster.SetAttributes(1, "m1", ["http://a:2"], inDatabase: false);
        _cluster.SetVersion(new ClusterVersion(3, 7, 0), inDatabase: false);
        var v2 = new V2Store();
        var again = new Cluster(_backend, v2, maxLearners: 1);
        again.Load(MembershipSource.Database);
        again.RebuildV2Store();
        var fromV2 = new Cluster(_backend, v2, maxLearners: 1);
        fromV2.Load(MembershipSource.V2Store);
        Assert.Equal(Show(_cluster.Current), Show(fromV2.Current));
    }

    [Theory]
    [InlineData("zz", """{"id":1,"peerURLs":null}""")]
    [InlineData("1", """{"id":2,"peerURLs":null}""")]
    [InlineData("1", "not json")]
    public void Load_DamagedBucket_IsCorrupt(string key, string value)
    {
        _backend.Put(Bucket.Members, Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value));
        Assert.Throws<CorruptException>(() => _cluster.Load(MembershipSource.Database));
    }

    [Fact]
    public void Load_DamagedV2Store_IsCorrupt()
    {
        _v2.Set("/0/members/zz/attributes", directory: false, "{}", V2Expiry.Never, now: 0);
        Assert.Throws<CorruptException>(() => _cluster.Load(MembershipSource.V2Store));
    }

    [Theory]
    [InlineData("3.5.0", true)]
    [InlineData("3.7.1-rc.0+git", true)]
    [InlineData("3.5", false)]
    [InlineData("3.5.x", false)]
    [InlineData("3.-5.0", false)]
    [InlineData("", false)]
    public void TryParse_Version(string text, bool expected) => Assert.Equal(expected, ClusterVersion.TryParse(text, out _));

    private void Do(ConfChange change)
    {
        Assert.Null(_cluster.Validate(change, inDatabase: false));
        _cluster.Apply(change, inDatabase: false);
    }

    private static ConfChange Add(ulong id, string url, bool learner = false, string name = "") => new(
        0,
        learner ? ConfChangeType.AddLearnerNode : ConfChangeType.AddNode,
        id,
        MemberJson.Encode(new Member(id) { PeerUrls = [url], IsLearner = learner, Name = name }));

    private static ConfChange Promote(ulong id) => new(0, ConfChangeType.AddNode, id, MemberJson.Encode(new Member(id), isPromote: true));

    private static ConfChange Update(ulong id, string url) => new(0, ConfChangeType.UpdateNode, id, MemberJson.Encode(new Member(id) { PeerUrls = [url] }));

    private static ConfChange Remove(ulong id) => new(0, ConfChangeType.RemoveNode, id, default);

    private string? V2(string path) => _v2.Get(path, recursive: false, now: 0).Event?.Node.Value;

    private string Record(Bucket bucket, string key) => Encoding.UTF8.GetString(_backend.Get(bucket, Encoding.UTF8.GetBytes(key))!.Value.Span);

    private string[] DumpMembers() => [.. _backend.Dump(Bucket.Members), .. _backend.Dump(Bucket.MembersRemoved)];

    private string[] Texts(Bucket bucket) => [.. _backend.Scan(bucket).Select(static pair => Encoding.UTF8.GetString(pair.Key.Span))];

    private static string Show(ClusterView view) =>
        string.Join('\n', [.. view.Members.Select(static member => Encoding.UTF8.GetString(MemberJson.Encode(member))), string.Join(' ', view.Removed), $"{view.Version} {view.Downgrade}"]);
}
