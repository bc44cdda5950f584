using System.Buffers.Binary;
using Etcd.Foundation;
using Google.Protobuf;

namespace Etcd.Store.Lease;

/// <summary>How a lease stands in bucket <c>lease</c>: key = 8 bytes big-endian id, value = leasepb.Lease.</summary>
internal static class LeaseRecord
{
    public static byte[] Key(long leaseId)
    {
        byte[] key = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(key, leaseId);
        return key;
    }

    public static byte[] Encode(long leaseId, long ttlSeconds, long remainingSeconds) =>
        new Protocol.Leases.Lease { ID = leaseId, TTL = ttlSeconds, RemainingTTL = remainingSeconds }.ToByteArray();

    /// <exception cref="CorruptException">The record is not a lease.</exception>
    public static Protocol.Leases.Lease Decode(ReadOnlyMemory<byte> value)
    {
        try
        {
            return Protocol.Leases.Lease.Parser.ParseFrom(value.Span);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new CorruptException("db", -1, $"bucket lease holds a record that is no lease: {e.Message}");
        }
    }
}
