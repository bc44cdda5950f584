using Etcd.Protocol.Errors;
using Etcd.Protocol.Rpc;
using Etcd.Store.Alarms;
using Etcd.Store.Apply;
using Etcd.Store.Auth;
using Etcd.Store.Backend;
using Etcd.Store.Lease;
using Etcd.Store.Membership;
using Etcd.Store.Mvcc;

namespace Etcd.Server;

/// <summary>One etcd member, as the API room sees it: what it stores, what it knows of its cluster, what it can be asked to do.</summary>
/// <remarks>Thread-safe. Where a method can refuse, it throws <see cref="EtcdException"/> unless its result carries the refusal.</remarks>
public interface IMember
{
    ulong ClusterId { get; }

    ulong MemberId { get; }

    ulong RaftTerm { get; }

    /// <summary>Id of the leader as this member sees it; 0 if there is none.</summary>
    ulong LeaderId { get; }

    ulong CommittedIndex { get; }

    ulong AppliedIndex { get; }

    /// <summary>Proposals of this member's clients that wait for their answer.</summary>
    int PendingProposals { get; }

    /// <summary>Requests of this member's clients so far that ended without an answer from the log.</summary>
    long FailedProposals { get; }

    // What it stores.

    MvccStore Kv { get; }

    Lessor Leases { get; }

    AuthStore Auth { get; }

    Cluster Cluster { get; }

    AlarmStore Alarms { get; }

    /// <summary>Sizes, Hash, Defragment and database copies.</summary>
    BatchingBackend Backend { get; }

    /// <summary>Whether the quota has room for a write; the API refuses early, raising a NOSPACE alarm first
    /// (<see cref="RaiseNoSpace"/>).</summary>
    IQuota Quota { get; }

    /// <summary>Who a token belongs to; see spec api §6.1.</summary>
    ITokenDirectory Tokens { get; }

    // What it can be asked to do.

    /// <summary>Replicates one request and returns what applying it answered.</summary>
    /// <param name="kind">Which variant of the raft request it becomes.</param>
    /// <param name="request">The encoded request message exactly as received. Copied before this method returns, so the
    /// caller may reuse its buffer at once.</param>
    /// <param name="identity">Who asks; goes into the raft header.</param>
    /// <param name="cancellationToken">Ends the wait, never a write that is on its way.</param>
    /// <exception cref="EtcdException">Request too large, too many requests, timed out, stopped.</exception>
    ValueTask<ApplyResult> ProposeAsync(RequestKind kind, ReadOnlyMemory<byte> request, Identity identity, CancellationToken cancellationToken);

    /// <summary>Returns when everything committed before the call is applied here (ReadIndex). Completes synchronously on a
    /// sole voter that leads.</summary>
    ValueTask ReadBarrierAsync(CancellationToken cancellationToken);

    /// <summary>Keep-alive of one lease, wherever the leader is.</summary>
    /// <returns>The granted TTL in seconds; 0 if the lease is unknown.</returns>
    ValueTask<long> RenewLeaseAsync(long leaseId, CancellationToken cancellationToken);

    /// <summary>Remaining time of one lease, asked of the leader; null if it is unknown or has expired.</summary>
    ValueTask<Store.Lease.LeaseStatus?> LeaseTimeToLiveAsync(long leaseId, bool withKeys, CancellationToken cancellationToken);

    /// <summary>An id for a lease whose client left the choice to the server: positive, 63 bits.</summary>
    long NextLeaseId();

    /// <summary>Adds, removes, promotes or re-addresses a member (spec api §7.1). Returns the members after the change.</summary>
    ValueTask<IReadOnlyList<Store.Membership.Member>> ChangeMembershipAsync(MembershipRequest request, CancellationToken cancellationToken);

    /// <summary>Hands leadership to another member and waits until it leads.</summary>
    ValueTask MoveLeaderAsync(ulong target, CancellationToken cancellationToken);

    /// <summary>Validates, starts or cancels a downgrade of the cluster version.</summary>
    /// <returns>The cluster version, as Downgrade answers it.</returns>
    ValueTask<string> DowngradeAsync(DowngradeRequest.Types.DowngradeAction action, string version, CancellationToken cancellationToken);

    /// <summary>Rewrites the database without holes. Applying waits meanwhile.</summary>
    ValueTask DefragmentAsync(CancellationToken cancellationToken);

    /// <summary>Logs a user in: checks the password and replicates the login.</summary>
    /// <returns>The token.</returns>
    ValueTask<string> AuthenticateAsync(string userName, string password, CancellationToken cancellationToken);

    /// <summary>bcrypt text (base64) of a new password, with the member's cost, computed off the request threads.</summary>
    ValueTask<string> HashPasswordAsync(string password, CancellationToken cancellationToken);

    /// <summary>Proposes a NOSPACE alarm for this member, once, in the background.</summary>
    void RaiseNoSpace();
}

/// <summary>Tokens of logged-in users, as the API looks them up.</summary>
public interface ITokenDirectory
{
    /// <summary>Who is behind a token, or null if it is invalid or expired. A use extends a simple token's life.</summary>
    /// <param name="token">As in the metadata, without <c>Bearer </c>.</param>
    /// <param name="cancellationToken">A simple token names the log index of its login; until that is applied here the call waits.</param>
    ValueTask<Identity?> FindAsync(string token, CancellationToken cancellationToken);
}

public enum MembershipAction
{
    Add,
    AddLearner,
    Remove,
    Update,
    Promote,
}

/// <summary>A membership change as a client asks for it.</summary>
/// <param name="MemberId">Ignored by Add and AddLearner, which compute it.</param>
/// <param name="PeerUrls">For Add, AddLearner and Update; validated.</param>
public sealed record MembershipRequest(MembershipAction Action, ulong MemberId, IReadOnlyList<string> PeerUrls);
