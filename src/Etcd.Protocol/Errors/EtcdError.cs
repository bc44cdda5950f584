namespace Etcd.Protocol.Errors;

/// <summary>Every refusal that a client can see: gRPC code and exact text, which clients compare letter by letter.</summary>
/// <remarks>Source: spec api §2. Refusals are values, never exceptions, where every member must reach the same answer.</remarks>
public sealed record EtcdError(StatusCode Code, string Message)
{
    private const string Prefix = "etcdserver: ";

    // Canceled
    public static readonly EtcdError WatchCanceled = new(StatusCode.Canceled, Prefix + "watch canceled");
    public static readonly EtcdError RequestCanceled = new(StatusCode.Canceled, Prefix + "request canceled");

    // InvalidArgument
    public static readonly EtcdError EmptyKey = new(StatusCode.InvalidArgument, Prefix + "key is not provided");
    public static readonly EtcdError KeyNotFound = new(StatusCode.InvalidArgument, Prefix + "key not found");
    public static readonly EtcdError ValueProvided = new(StatusCode.InvalidArgument, Prefix + "value is provided");
    public static readonly EtcdError LeaseProvided = new(StatusCode.InvalidArgument, Prefix + "lease is provided");
    public static readonly EtcdError TooManyOps = new(StatusCode.InvalidArgument, Prefix + "too many operations in txn request");
    public static readonly EtcdError DuplicateKey = new(StatusCode.InvalidArgument, Prefix + "duplicate key given in txn request");
    public static readonly EtcdError InvalidClientApiVersion = new(StatusCode.InvalidArgument, Prefix + "invalid client api version");
    public static readonly EtcdError InvalidSortOption = new(StatusCode.InvalidArgument, Prefix + "invalid sort option");
    public static readonly EtcdError MemberBadUrls = new(StatusCode.InvalidArgument, Prefix + "given member URLs are invalid");
    public static readonly EtcdError RequestTooLarge = new(StatusCode.InvalidArgument, Prefix + "request is too large");
    public static readonly EtcdError UserEmpty = new(StatusCode.InvalidArgument, Prefix + "user name is empty");
    public static readonly EtcdError RoleEmpty = new(StatusCode.InvalidArgument, Prefix + "role name is empty");
    public static readonly EtcdError AuthFailed = new(StatusCode.InvalidArgument, Prefix + "authentication failed, invalid user ID or password");
    public static readonly EtcdError PermissionNotGiven = new(StatusCode.InvalidArgument, Prefix + "permission not given");
    public static readonly EtcdError InvalidAuthManagement = new(StatusCode.InvalidArgument, Prefix + "invalid auth management");
    public static readonly EtcdError AuthOldRevision = new(StatusCode.InvalidArgument, Prefix + "revision of auth store is old");
    public static readonly EtcdError WrongDowngradeVersionFormat = new(StatusCode.InvalidArgument, Prefix + "wrong downgrade target version format");
    public static readonly EtcdError InvalidDowngradeTargetVersion = new(StatusCode.InvalidArgument, Prefix + "invalid downgrade target version");

    // NotFound
    public static readonly EtcdError LeaseNotFound = new(StatusCode.NotFound, Prefix + "requested lease not found");
    public static readonly EtcdError MemberNotFound = new(StatusCode.NotFound, Prefix + "member not found");

    // PermissionDenied
    public static readonly EtcdError PermissionDenied = new(StatusCode.PermissionDenied, Prefix + "permission denied");

    // ResourceExhausted
    public static readonly EtcdError NoSpace = new(StatusCode.ResourceExhausted, Prefix + "mvcc: database space exceeded");

    // FailedPrecondition
    public static readonly EtcdError LeaseExists = new(StatusCode.FailedPrecondition, Prefix + "lease already exists");
    public static readonly EtcdError MemberExists = new(StatusCode.FailedPrecondition, Prefix + "member ID already exist");
    public static readonly EtcdError PeerUrlExists = new(StatusCode.FailedPrecondition, Prefix + "Peer URLs already exists");
    public static readonly EtcdError MemberNotLearner = new(StatusCode.FailedPrecondition, Prefix + "can only promote a learner member");
    public static readonly EtcdError LearnerNotReady = new(StatusCode.FailedPrecondition, Prefix + "can only promote a learner member which is in sync with leader");
    public static readonly EtcdError TooManyLearners = new(StatusCode.FailedPrecondition, Prefix + "too many learner members in cluster");
    public static readonly EtcdError ClusterIdMismatch = new(StatusCode.FailedPrecondition, Prefix + "cluster ID mismatch");
    public static readonly EtcdError RootUserNotExist = new(StatusCode.FailedPrecondition, Prefix + "root user does not exist");
    public static readonly EtcdError RootRoleNotExist = new(StatusCode.FailedPrecondition, Prefix + "root user does not have root role");
    public static readonly EtcdError UserAlreadyExists = new(StatusCode.FailedPrecondition, Prefix + "user name already exists");
    public static readonly EtcdError UserNotFound = new(StatusCode.FailedPrecondition, Prefix + "user name not found");
    public static readonly EtcdError RoleAlreadyExists = new(StatusCode.FailedPrecondition, Prefix + "role name already exists");
    public static readonly EtcdError RoleNotFound = new(StatusCode.FailedPrecondition, Prefix + "role name not found");
    public static readonly EtcdError RoleNotGranted = new(StatusCode.FailedPrecondition, Prefix + "role is not granted to the user");
    public static readonly EtcdError PermissionNotGranted = new(StatusCode.FailedPrecondition, Prefix + "permission is not granted to the role");
    public static readonly EtcdError AuthNotEnabled = new(StatusCode.FailedPrecondition, Prefix + "authentication is not enabled");
    public static readonly EtcdError NotLeader = new(StatusCode.FailedPrecondition, Prefix + "not leader");
    public static readonly EtcdError BadLeaderTransferee = new(StatusCode.FailedPrecondition, Prefix + "bad leader transferee");
    public static readonly EtcdError DowngradeInProcess = new(StatusCode.FailedPrecondition, Prefix + "cluster has a downgrade job in progress");
    public static readonly EtcdError NoInflightDowngrade = new(StatusCode.FailedPrecondition, Prefix + "no inflight downgrade job");
    public static readonly EtcdError NotCapable = new(StatusCode.FailedPrecondition, Prefix + "not capable");
    public static readonly EtcdError NotSupportedForLearner = new(StatusCode.FailedPrecondition, Prefix + "rpc not supported for learner");
    public static readonly EtcdError ClusterVersionNotFoundDuringDowngrade = new(StatusCode.FailedPrecondition, Prefix + "cluster version not found during downgrade");

    // OutOfRange
    public static readonly EtcdError Compacted = new(StatusCode.OutOfRange, Prefix + "mvcc: required revision has been compacted");
    public static readonly EtcdError FutureRevision = new(StatusCode.OutOfRange, Prefix + "mvcc: required revision is a future revision");
    public static readonly EtcdError LeaseTtlTooLarge = new(StatusCode.OutOfRange, Prefix + "too large lease TTL");

    // Unavailable
    public static readonly EtcdError NoLeader = new(StatusCode.Unavailable, Prefix + "no leader");
    public static readonly EtcdError LeaderChanged = new(StatusCode.Unavailable, Prefix + "leader changed");
    public static readonly EtcdError Stopped = new(StatusCode.Unavailable, Prefix + "server stopped");
    public static readonly EtcdError Timeout = new(StatusCode.Unavailable, Prefix + "request timed out");
    public static readonly EtcdError TimeoutDueToLeaderFail = new(StatusCode.Unavailable, Prefix + "request timed out, possibly due to previous leader failure");
    public static readonly EtcdError TimeoutDueToConnectionLost = new(StatusCode.Unavailable, Prefix + "request timed out, possibly due to connection lost");
    public static readonly EtcdError TimeoutWaitAppliedIndex = new(StatusCode.Unavailable, Prefix + "request timed out, waiting for the applied index took too long");
    public static readonly EtcdError Unhealthy = new(StatusCode.Unavailable, Prefix + "unhealthy cluster");

    // DataLoss
    public static readonly EtcdError Corrupt = new(StatusCode.DataLoss, Prefix + "corrupt cluster");

    // Unauthenticated
    public static readonly EtcdError InvalidAuthToken = new(StatusCode.Unauthenticated, Prefix + "invalid auth token");

    // Unknown
    public static readonly EtcdError NotEnoughStartedMembers = new(StatusCode.Unknown, Prefix + "re-configuration failed due to not enough started members");
    public static readonly EtcdError TooManyRequests = new(StatusCode.Unknown, Prefix + "too many requests");
    public static readonly EtcdError UnknownMethod = new(StatusCode.Unknown, Prefix + "unknown method");
    public static readonly EtcdError LeaderTransferTimeout = new(StatusCode.Unknown, Prefix + "request timed out, leader transfer took too long");

    // Without etcd's prefix
    public static readonly EtcdError DeadlineExceeded = new(StatusCode.DeadlineExceeded, "context deadline exceeded");
    public static readonly EtcdError ProposalDropped = new(StatusCode.Unknown, "raft proposal dropped");
    public static readonly EtcdError PasswordForNoPasswordUser = new(StatusCode.Unknown, "auth: authentication failed, password was given for no password user");
    public static readonly EtcdError ElectionNoLeader = new(StatusCode.Unknown, "election: no leader");
    public static readonly EtcdError ElectionNotLeader = new(StatusCode.Unknown, "election: not leader");
    public static readonly EtcdError ElectionLeaderKeyMissing = new(StatusCode.Unknown, "\"leader\" field must be provided");
    public static readonly EtcdError RangeStreamCustomSort = new(StatusCode.Unimplemented, "RangeStream does not support custom sort orders");
    public static readonly EtcdError RangeStreamRevisionFilter = new(StatusCode.Unimplemented, "RangeStream does not support revision filters");

    // Reasons inside a watch response; they travel as text, not as a status
    public const string DuplicateWatchId = "mvcc: duplicate watch ID provided on the WatchStream";
    public const string EmptyWatchRange = "mvcc: watcher range is empty";
}
