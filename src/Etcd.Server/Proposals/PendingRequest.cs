using System.Threading.Tasks.Sources;
using Etcd.Store.Apply;

namespace Etcd.Server.Proposals;

/// <summary>One request of a client on this member that waits for its entry to be applied. Pooled by <see cref="ProposalTable"/>.</summary>
/// <remarks>Whoever first claims it (apply, the deadline sweep, a cancelled caller, the end of the member) completes it, so it
/// completes exactly once. Continuations run inline: the completer decides on which thread.</remarks>
internal sealed class PendingRequest(ProposalTable table) : IValueTaskSource<ApplyResult>
{
    private ManualResetValueTaskSourceCore<ApplyResult> _source;
    private CancellationTokenRegistration _cancellation;
    private ApplyResult _result;
    private ulong _waitingId; // The id while it waits; 0 once claimed. Ids are never 0.

    /// <summary>Moment (<see cref="TimeProvider.GetTimestamp"/>) at which the request started.</summary>
    public long StartedAt { get; private set; }

    public ulong WaitingId => Volatile.Read(ref _waitingId);

    /// <summary>Makes a pooled request wait again, under a new id.</summary>
    public ValueTask<ApplyResult> Begin(ulong id, long startedAt)
    {
        _source.Reset();
        StartedAt = startedAt;
        Volatile.Write(ref _waitingId, id);
        return new ValueTask<ApplyResult>(this, _source.Version);
    }

    /// <summary>Lets a cancelled token end the wait. Called once, after <see cref="Begin"/>.</summary>
    public void EndWaitOn(CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled)
            _cancellation = cancellationToken.UnsafeRegister(static (state, token) => ((PendingRequest)state!).Cancel(token), this);
    }

    /// <summary>True for the one caller that may complete this request.</summary>
    public bool TryClaim(ulong id) => Interlocked.CompareExchange(ref _waitingId, 0, id) == id;

    /// <summary>Keeps the answer until <see cref="Complete"/> hands it over. Only for the claimant.</summary>
    public void Answer(in ApplyResult result) => _result = result;

    /// <summary>Resumes the waiting caller, on this thread. Only for the claimant.</summary>
    public void Complete() => _source.SetResult(_result);

    private void Cancel(CancellationToken cancellationToken)
    {
        ulong id = WaitingId;
        if (id == 0 || !TryClaim(id))
            return;
        table.Forget(id, this);
        _source.SetException(new OperationCanceledException(cancellationToken));
    }

    ApplyResult IValueTaskSource<ApplyResult>.GetResult(short token)
    {
        // Disposing waits for a callback that runs right now, so a late one can never meet the next use of this object.
        _cancellation.Dispose();
        _cancellation = default;
        try
        {
            return _source.GetResult(token);
        }
        finally
        {
            _result = default;
            table.Return(this);
        }
    }

    ValueTaskSourceStatus IValueTaskSource<ApplyResult>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<ApplyResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);
}
