using Etcd.Protocol.Errors;

namespace Etcd.Client;

/// <summary>The texts that Go's client library turns into error values of its own and therefore prints bare.</summary>
internal static class KnownErrors
{
    // Compat: the texts of Lock and Election, "unknown method", "leader transfer took too long" and "raft proposal dropped"
    // are missing on purpose: Go's client does not know them either and prints the raw status.
    public static bool Contains(string text) => s_texts.Contains(text);

    private static readonly HashSet<string> s_texts =
    [
        EtcdError.WatchCanceled.Message, EtcdError.RequestCanceled.Message, EtcdError.EmptyKey.Message, EtcdError.KeyNotFound.Message,
        EtcdError.ValueProvided.Message, EtcdError.LeaseProvided.Message, EtcdError.TooManyOps.Message, EtcdError.DuplicateKey.Message,
        EtcdError.InvalidClientApiVersion.Message, EtcdError.InvalidSortOption.Message, EtcdError.MemberBadUrls.Message,
        EtcdError.RequestTooLarge.Message, EtcdError.UserEmpty.Message, EtcdError.RoleEmpty.Message, EtcdError.AuthFailed.Message,
        EtcdError.PermissionNotGiven.Message, EtcdError.InvalidAuthManagement.Message, EtcdError.AuthOldRevision.Message,
        EtcdError.WrongDowngradeVersionFormat.Message, EtcdError.InvalidDowngradeTargetVersion.Message, EtcdError.LeaseNotFound.Message,
        EtcdError.MemberNotFound.Message, EtcdError.PermissionDenied.Message, EtcdError.NoSpace.Message, EtcdError.LeaseExists.Message,
        EtcdError.MemberExists.Message, EtcdError.PeerUrlExists.Message, EtcdError.MemberNotLearner.Message, EtcdError.LearnerNotReady.Message,
        EtcdError.TooManyLearners.Message, EtcdError.ClusterIdMismatch.Message, EtcdError.RootUserNotExist.Message,
        EtcdError.RootRoleNotExist.Message, EtcdError.UserAlreadyExists.Message, EtcdError.UserNotFound.Message,
        EtcdError.RoleAlreadyExists.Message, EtcdError.RoleNotFound.Message, EtcdError.RoleNotGranted.Message,
        EtcdError.PermissionNotGranted.Message, EtcdError.AuthNotEnabled.Message, EtcdError.NotLeader.Message,
        EtcdError.BadLeaderTransferee.Message, EtcdError.DowngradeInProcess.Message, EtcdError.NoInflightDowngrade.Message,
        EtcdError.NotCapable.Message, EtcdError.NotSupportedForLearner.Message, EtcdError.ClusterVersionNotFoundDuringDowngrade.Message,
        EtcdError.Compacted.Message, EtcdError.FutureRevision.Message, EtcdError.LeaseTtlTooLarge.Message, EtcdError.NoLeader.Message,
        EtcdError.LeaderChanged.Message, EtcdError.Stopped.Message, EtcdError.Timeout.Message, EtcdError.TimeoutDueToLeaderFail.Message,
        EtcdError.TimeoutDueToConnectionLost.Message, EtcdError.TimeoutWaitAppliedIndex.Message, EtcdError.Unhealthy.Message,
        EtcdError.Corrupt.Message, EtcdError.InvalidAuthToken.Message, EtcdError.NotEnoughStartedMembers.Message,
        EtcdError.TooManyRequests.Message,
    ];
}
