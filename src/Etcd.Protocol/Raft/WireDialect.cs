namespace Etcd.Protocol.Raft;

/// <summary>Which etcd's habits the raft messages are written with: on disk, to peers and in snapshots.</summary>
/// <remarks>Every version reads every dialect, and so do we; a dialect only decides what our bytes look like, so that they are
/// the same bytes that the members of the cluster's version write. "Always" means also when zero.
/// <code>
///              Entry type   Entry term, index   other scalars of Message   Message.snapshot
/// Gogo         always       always              always, but not vote       always, empty if there is none
/// Gogo36       always       always              always                     if there is one
/// V37          unless 0     unless 0            unless 0                   if there is one
/// </code>
/// HardState, Metadata and the WAL's own records look the same in all three.</remarks>
public enum WireDialect
{
    /// <summary>etcd 3.4 and 3.5.</summary>
    Gogo = 0,

    /// <summary>etcd 3.6.</summary>
    Gogo36 = 1,

    /// <summary>etcd 3.7: a field is present only if it was set.</summary>
    V37 = 2,
}
