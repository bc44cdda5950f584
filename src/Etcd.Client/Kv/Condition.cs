using Etcd.Protocol.Rpc;
using Google.Protobuf;
using static Etcd.Protocol.Rpc.Compare.Types;

namespace Etcd.Client;

/// <summary>Conditions of a transaction. A missing key has version, revisions and lease 0, and no value compares true with it.</summary>
public static class Condition
{
    /// <summary>Number of changes since the key was created.</summary>
    public static Compare Version(ByteString key, CompareResult result, long version) =>
        new() { Key = key, Result = result, Target = CompareTarget.Version, Version = version };

    public static Compare CreateRevision(ByteString key, CompareResult result, long revision) =>
        new() { Key = key, Result = result, Target = CompareTarget.Create, CreateRevision = revision };

    public static Compare ModRevision(ByteString key, CompareResult result, long revision) =>
        new() { Key = key, Result = result, Target = CompareTarget.Mod, ModRevision = revision };

    public static Compare Value(ByteString key, CompareResult result, ByteString value) =>
        new() { Key = key, Result = result, Target = CompareTarget.Value, Value = value };

    public static Compare Lease(ByteString key, CompareResult result, long leaseId) =>
        new() { Key = key, Result = result, Target = CompareTarget.Lease, Lease = leaseId };

    /// <summary>The key does not exist.</summary>
    public static Compare Missing(ByteString key) => CreateRevision(key, CompareResult.Equal, 0);
}
