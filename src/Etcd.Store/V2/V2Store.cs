using System.Buffers;
using Etcd.Protocol.Rpc;

namespace Etcd.Store.V2;

/// <summary>The answer to one v2 operation: exactly one of the two.</summary>
public readonly record struct V2Result(V2Event? Event, V2Error? Error);

/// <summary>etcd's v2 key space: a tree of directories and values with TTLs and an event history.</summary>
/// <remarks>Thread-safe. Knows no clock: <c>now</c> is Unix time in nanoseconds.</remarks>
public sealed class V2Store
{
    public ulong Index => throw new NotSupportedException();

    public bool HasTtlKeys => throw new NotSupportedException();

    /// <summary>Applies a request from the log: GET (QGET), PUT, POST, DELETE or SYNC.</summary>
    public V2Result Apply(Request request, long now) => throw new NotSupportedException();

    public V2Result Get(string path, bool recursive, bool sorted, long now) => throw new NotSupportedException();

    public V2Error? Watch(string path, bool recursive, bool stream, ulong sinceIndex, Action readable, out V2Watcher? watcher) => throw new NotSupportedException();

    /// <summary>The document that etcd keeps in .snap files (spec disk §9).</summary>
    public byte[] Save() => throw new NotSupportedException();

    public void SaveTo(IBufferWriter<byte> output) => throw new NotSupportedException();

    /// <summary>Replaces everything by what <see cref="Save"/> (or etcd) wrote.</summary>
    /// <exception cref="FormatException">Not such a document.</exception>
    public void Recover(ReadOnlyMemory<byte> json) => throw new NotSupportedException();
}

/// <summary>Waits for events of the v2 store: one (long poll) or many (stream).</summary>
public sealed class V2Watcher
{
    /// <summary>Index of the store when the watch began.</summary>
    public ulong StartIndex => throw new NotSupportedException();

    public bool TryRead(out V2Event? next) => throw new NotSupportedException();

    /// <summary>Nothing will come after what <see cref="TryRead"/> still has.</summary>
    public bool IsFinished => throw new NotSupportedException();

    public void Remove() => throw new NotSupportedException();
}
