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
/// <remarks>Changed by the apply thread; readers take <see cref="Current"/>.</remarks>
public sealed class Cluster
{
    public Cluster(IBackend backend, V2Store v2Store, int maxLearners) => throw new NotSupportedException();

    public ClusterView Current => throw new NotSupportedException();

    /// <summary>Loads the state before the log is replayed.</summary>
    public void Load(MembershipSource source) => throw new NotSupportedException();

    /// <summary>Which source to trust in a database and v2 store that were just opened.</summary>
    public static MembershipSource ChooseSource(IBackend backend) => throw new NotSupportedException();

    public MembershipError? Validate(ConfChange change, bool inDatabase) => throw new NotSupportedException();
}
