using Etcd.Protocol.Errors;

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

/// <summary>What callers are told.</summary>
public static class MembershipErrors
{
    /// <summary>The text in logs and in the v2 and peer APIs.</summary>
    public static string Message(this MembershipError error) => "membership: " + error switch
    {
        MembershipError.IdRemoved => "ID removed",
        MembershipError.IdExists => "ID exists",
        MembershipError.PeerUrlExists => "peerURL exists",
        MembershipError.TooManyLearners => "too many learner members in cluster",
        MembershipError.IdNotFound => "ID not found",
        _ => "can only promote a learner member",
    };

    /// <summary>The refusal that a gRPC client sees.</summary>
    public static EtcdError ToEtcdError(this MembershipError error) => error switch
    {
        MembershipError.IdExists => EtcdError.MemberExists,
        MembershipError.PeerUrlExists => EtcdError.PeerUrlExists,
        MembershipError.TooManyLearners => EtcdError.TooManyLearners,
        MembershipError.NotLearner => EtcdError.MemberNotLearner,
        _ => EtcdError.MemberNotFound,
    };
}
