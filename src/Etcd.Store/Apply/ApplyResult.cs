using Etcd.Protocol.Errors;

namespace Etcd.Store.Apply;

/// <summary>What one applied request answers to the client that waits for it on this member.</summary>
/// <param name="Error">Why it was refused; null if it was done. Every member reaches the same value.</param>
/// <param name="Revision">For the response header: the revision after the request (or the current one).</param>
/// <param name="Body">The response message's encoded fields <b>without</b> field 1 (the header), which only the member
/// that received the call can fill in. Empty for the common Put.</param>
public readonly record struct ApplyResult(EtcdError? Error, long Revision, ReadOnlyMemory<byte> Body)
{
    public static ApplyResult Refused(EtcdError error) => new(error, 0, default);

    public static ApplyResult Done(long revision, ReadOnlyMemory<byte> body = default) => new(null, revision, body);
}
