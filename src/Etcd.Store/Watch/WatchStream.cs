namespace Etcd.Store.Watch;

/// <summary>All watches of one client call, and the bounded queue of responses to send to it.</summary>
/// <remarks>Create, Cancel and progress may be called from any thread; one reader drains the queue.</remarks>
public sealed class WatchStream : IDisposable
{
    /// <summary>Starts a watch. The answer (created, or created and canceled with a reason) is queued before any event.</summary>
    /// <returns>The id, or -1 if refused.</returns>
    public long Create(in WatchCreate request) => throw new NotSupportedException();

    /// <summary>Queues a refusal that was decided elsewhere (permissions): created, canceled, id -1.</summary>
    public void Refuse(string reason) => throw new NotSupportedException();

    /// <summary>Ends a watch and queues the confirmation; an unknown id is ignored.</summary>
    public void Cancel(long watchId) => throw new NotSupportedException();

    /// <summary>Client asked for progress: answered only if every watch of this stream is in sync.</summary>
    public void RequestProgress() => throw new NotSupportedException();

    /// <summary>Timer tick: queues an empty response for every watch with progress_notify that is in sync and had no
    /// event since the last tick.</summary>
    public void NotifyProgress() => throw new NotSupportedException();

    /// <summary>Takes the next response to send.</summary>
    /// <returns>False if none waits.</returns>
    public bool TryRead(out WatchPiece piece) => throw new NotSupportedException();

    /// <summary>Ends all watches.</summary>
    public void Dispose() => throw new NotSupportedException();
}

/// <summary>What a client wants to watch (WatchCreateRequest).</summary>
/// <param name="Key">Empty means <c>\0</c>.</param>
/// <param name="RangeEnd">Empty: one key; <c>\0</c>: all keys from <paramref name="Key"/>.</param>
/// <param name="StartRevision">0: from now.</param>
/// <param name="WatchId">0: the server chooses.</param>
public readonly record struct WatchCreate(
    ReadOnlyMemory<byte> Key,
    ReadOnlyMemory<byte> RangeEnd,
    long StartRevision,
    long WatchId,
    WatchFlags Flags);

[Flags]
public enum WatchFlags
{
    None = 0,
    ProgressNotify = 1,
    NoPut = 2,
    NoDelete = 4,
    PreviousKeyValue = 8,

    /// <summary>Split responses that are larger than the transport's limit.</summary>
    Fragment = 16,
}

/// <summary>One WatchResponse, ready but for its header: the sender writes field 1 (cluster, member, revision, term) and then
/// these fields.</summary>
public readonly struct WatchPiece
{
    /// <summary>For the header; 0 in a cancellation by compaction.</summary>
    public long HeaderRevision { get; init; }

    public long WatchId { get; init; }

    public bool Created { get; init; }

    public bool Canceled { get; init; }

    public long CompactRevision { get; init; }

    public string? CancelReason { get; init; }

    /// <summary>More of the same response follows in the next piece.</summary>
    public bool Fragment { get; init; }

    /// <summary>Encoded <c>events</c> fields (11), tag and length included, shared with other watchers.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Events { get; init; }

    /// <summary>Bytes of all <see cref="Events"/>.</summary>
    public long EventBytes { get; init; }
}
