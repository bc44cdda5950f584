using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Etcd.Foundation;

/// <summary>CRC-32C (Castagnoli, reflected polynomial 0x82F63B78), the checksum of WAL records and .snap files.</summary>
/// <remarks>The value of "123456789" is 0xE3069283. <see cref="BitOperations.Crc32C(uint, ulong)"/> is one instruction on
/// x86-64 (SSE4.2) and Arm64, and a table elsewhere.</remarks>
public static class Crc32C
{
    /// <summary>The checksum of <paramref name="bytes"/> alone.</summary>
    public static uint Compute(ReadOnlySpan<byte> bytes) => Update(0, bytes);

    /// <summary>The checksum of everything that <paramref name="crc"/> covers, followed by <paramref name="bytes"/>.</summary>
    /// <param name="crc">The checksum so far; 0 before the first byte.</param>
    /// <param name="bytes">What follows.</param>
    /// <remarks><c>Update(Update(0, a), b) == Compute(a + b)</c>, so a checksum can be carried from record to record.</remarks>
    public static uint Update(uint crc, ReadOnlySpan<byte> bytes)
    {
        uint state = ~crc; // The register between calls is inverted; a finished checksum is inverted back.
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (ulong word in words)
            state = BitOperations.Crc32C(state, BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word));
        foreach (byte rest in bytes[(words.Length * sizeof(ulong))..])
            state = BitOperations.Crc32C(state, rest);
        return ~state;
    }
}
