using Etcd.Foundation;
using Etcd.Protocol.Raft;
using Etcd.Store.Backend;
using Etcd.Store.V2;

namespace Etcd.Store.Membership;

/// <summary>Where the members come from at start (spec disk §10).</summary>
public enum MembershipSource
{
    /// <summary>Written by etcd up to 3.5: the v2 store is right, the buckets may hold leftovers.</summary>
    V2Store,

    /// <summary>Written by etcd 3.6 or later, or by us: the buckets are right.</summary>
    Database,
}

/// <summary>Members, removed ids, cluster version and downgrade job.</summary>
/// <remarks>Changed by the apply thread; readers take <see cref="Current"/>.
/// <para>Membership is kept twice: in the buckets, which have seen every entry up to the consistent index, and in the v2
/// store, which starts from the last snapshot and sees the entries behind it again. An entry that the database has
/// already is judged by what the v2 store says and changes only that; which of the two <see cref="Current"/> follows
/// meanwhile is told by <see cref="MembershipSource"/>.</para></remarks>
public sealed class Cluster
{
    private readonly IBackend _backend;
    private readonly V2Store _v2Store;
    private readonly int _maxLearners;
    private volatile ClusterView _current = ClusterView.Empty;
    private MembershipSource _source = MembershipSource.Database;

    public Cluster(IBackend backend, V2Store v2Store, int maxLearners)
    {
        _backend = backend;
        _v2Store = v2Store;
        _maxLearners = maxLearners;
    }

    public ClusterView Current => _current;

    /// <summary>Which source to trust in a database that was just opened.</summary>
    public static MembershipSource ChooseSource(IBackend backend) =>
        MembershipBuckets.HasStorageVersion(backend) ? MembershipSource.Database : MembershipSource.V2Store;

    /// <summary>Loads the state before the log is replayed; the v2 store was recovered already.</summary>
    /// <exception cref="CorruptException">A record cannot be read.</exception>
    public void Load(MembershipSource source)
    {
        _source = source;
        _current = source == MembershipSource.Database
            ? MembershipBuckets.Load(_backend)
            : MembershipV2.Load(_v2Store) with { Downgrade = MembershipBuckets.LoadDowngrade(_backend) };
    }

    /// <summary>Writes the present membership into a v2 store that has none: etcd 3.7 may leave no document to recover it
    /// from, and peers up to 3.6 want one in a snapshot.</summary>
    public void RebuildV2Store()
    {
        ClusterView view = _current;
        foreach (Member member in view.Members)
        {
            MembershipV2.Add(_v2Store, member);
            if (member.IsStarted)
                MembershipV2.SetAttributes(_v2Store, member);
        }
        foreach (ulong id in view.Removed)
            MembershipV2.AddRemoved(_v2Store, id);
        if (view.Version is { } version)
            MembershipV2.SetVersion(_v2Store, version);
    }

    /// <summary>Makes the buckets say what the v2 store said at start; to be called inside the first entry that the database
    /// does not have. Databases of etcd up to 3.5 may hold members of another cluster, or lack some.</summary>
    public void RepairBuckets()
    {
        if (_source == MembershipSource.Database)
            return;
        _source = MembershipSource.Database;
        ClusterView right = _current;
        ClusterView stored = MembershipBuckets.Load(_backend);
        foreach (Member member in stored.Members.Where(member => right.Find(member.Id) is null))
            MembershipBuckets.Delete(_backend, member.Id);
        foreach (ulong id in stored.Removed.Except(right.Removed))
            MembershipBuckets.DeleteRemoved(_backend, id);
        foreach (Member member in right.Members.Where(member => !IsSame(member, stored.Find(member.Id))))
            MembershipBuckets.Store(_backend, member);
        foreach (ulong id in right.Removed.Except(stored.Removed))
            MembershipBuckets.StoreRemoved(_backend, id);
        if (right.Version is { } version && version != stored.Version)
            MembershipBuckets.Store(_backend, version);
    }

    /// <summary>Whether a membership entry is to be done; every member comes to the same answer.</summary>
    /// <param name="inDatabase">The database has seen the entry already.</param>
    public MembershipError? Validate(ConfChange change, bool inDatabase)
    {
        ClusterView view = inDatabase && _source == MembershipSource.Database ? MembershipV2.Load(_v2Store) : _current;
        if (view.IsRemoved(change.NodeId))
            return MembershipError.IdRemoved;
        Member? known = view.Find(change.NodeId);
        switch (change.Type)
        {
            case ConfChangeType.RemoveNode:
                return known is null ? MembershipError.IdNotFound : null;
            case ConfChangeType.UpdateNode:
                if (known is null)
                    return MembershipError.IdNotFound;
                return view.HasPeerUrl(DecodeContext(change, out _).PeerUrls, change.NodeId) ? MembershipError.PeerUrlExists : null;
            default:
                Member added = DecodeContext(change, out bool isPromote);
                return isPromote ? ValidatePromotion(known) : ValidateAddition(view, known, added);
        }
    }

    /// <summary>Does a membership entry that <see cref="Validate"/> allowed.</summary>
    /// <inheritdoc cref="Validate"/>
    public void Apply(ConfChange change, bool inDatabase)
    {
        if (change.Type == ConfChangeType.RemoveNode)
        {
            MembershipV2.Remove(_v2Store, change.NodeId);
            Change(static (view, id) => view.Without(id), change.NodeId, inDatabase, (backend, id) =>
            {
                MembershipBuckets.Delete(backend, id);
                MembershipBuckets.StoreRemoved(backend, id);
            });
            return;
        }
        Member named = DecodeContext(change, out bool isPromote);
        if (change.Type == ConfChangeType.UpdateNode)
            Readdress(change.NodeId, inDatabase, member => member with { PeerUrls = named.PeerUrls });
        else if (isPromote)
            Readdress(change.NodeId, inDatabase, static member => member with { IsLearner = false });
        else
            Add(named, inDatabase);
    }

    /// <summary>A member published its name and client URLs.</summary>
    /// <returns>False if the member was removed meanwhile.</returns>
    /// <exception cref="InvariantException">The id was never a member here: this member's state differs from the others'.</exception>
    public bool SetAttributes(ulong id, string name, IReadOnlyList<string> clientUrls, bool inDatabase)
    {
        ClusterView view = inDatabase && _source == MembershipSource.Database ? MembershipV2.Load(_v2Store) : _current;
        if (view.Find(id) is not { } member)
        {
            Invariant.Holds(view.IsRemoved(id), $"failed to update; member unknown: {id:x} publishes itself but was never added");
            return false;
        }
        member = member with { Name = name, ClientUrls = clientUrls };
        MembershipV2.SetAttributes(_v2Store, member);
        Keep(member, inDatabase);
        return true;
    }

    /// <summary>The leader decided on a cluster version.</summary>
    public void SetVersion(ClusterVersion version, bool inDatabase)
    {
        MembershipV2.SetVersion(_v2Store, version);
        Change(static (view, version) => view with { Version = version }, version, inDatabase, MembershipBuckets.Store);
    }

    /// <summary>A downgrade was started or cancelled. Not part of the v2 store.</summary>
    public void SetDowngrade(DowngradeInfo downgrade, bool inDatabase)
    {
        if (inDatabase)
            return;
        _current = _current with { Downgrade = downgrade };
        MembershipBuckets.Store(_backend, downgrade);
    }

    private void Add(Member member, bool inDatabase)
    {
        MembershipV2.Add(_v2Store, member);
        Keep(member, inDatabase);
    }

    private void Readdress(ulong id, bool inDatabase, Func<Member, Member> change)
    {
        ClusterView view = inDatabase && _source == MembershipSource.Database ? MembershipV2.Load(_v2Store) : _current;
        Member? member = view.Find(id);
        Invariant.Holds(member is not null, $"member {id:x} is changed but unknown");
        member = change(member);
        MembershipV2.UpdateRaftAttributes(_v2Store, member);
        Keep(member, inDatabase);
    }

    private void Keep(Member member, bool inDatabase) =>
        Change(static (view, member) => view.With(member), member, inDatabase, MembershipBuckets.Store);

    private void Change<T>(Func<ClusterView, T, ClusterView> change, T value, bool inDatabase, Action<IBackend, T> store)
    {
        if (!inDatabase || _source == MembershipSource.V2Store)
            _current = change(_current, value);
        if (!inDatabase)
            store(_backend, value);
    }

    private static MembershipError? ValidatePromotion(Member? known)
    {
        if (known is null)
            return MembershipError.IdNotFound;
        return known.IsLearner ? null : MembershipError.NotLearner;
    }

    private MembershipError? ValidateAddition(ClusterView view, Member? known, Member added)
    {
        if (known is not null)
            return MembershipError.IdExists;
        if (view.HasPeerUrl(added.PeerUrls))
            return MembershipError.PeerUrlExists;
        bool isOneTooMany = added.IsLearner && view.Members.Count(static member => member.IsLearner) + 1 > _maxLearners;
        return isOneTooMany ? MembershipError.TooManyLearners : null;
    }

    private static Member DecodeContext(ConfChange change, out bool isPromote)
    {
        Member member;
        try
        {
            member = MemberJson.Decode(change.Context.Span, new Member(0), out isPromote);
        }
        catch (FormatException e)
        {
            throw new InvariantException($"the membership entry of {change.NodeId:x} cannot be understood: {e.Message}");
        }
        Invariant.Holds(member.Id == change.NodeId, $"a membership entry of {change.NodeId:x} carries member {member.Id:x}");
        return member;
    }

    private static bool IsSame(Member left, Member? right) =>
        right is not null
        && left.Name == right.Name
        && left.IsLearner == right.IsLearner
        && left.PeerUrls.SequenceEqual(right.PeerUrls)
        && left.ClientUrls.SequenceEqual(right.ClientUrls);
}
