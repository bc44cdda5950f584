namespace Etcd.Store.Membership;

/// <summary>Why a membership change is refused when it is applied (spec peer §8.3).</summary>
public enum MembershipError
{
    IdRemoved,
    IdExists,
    PeerUrlExists,
    TooManyLearners,
    IdNotFound,
    NotLearner,
}
