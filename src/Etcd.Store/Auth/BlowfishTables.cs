using System.Numerics;

namespace Etcd.Store.Auth;

/// <summary>Blowfish's start values: the binary fraction of π, 32 bits per word, first 18 subkeys, then four S-boxes.</summary>
/// <remarks>Computed once (some 20 ms, next to a hash that is slow on purpose) rather than listed: B. Schneier chose π so
/// that nobody has to trust a table.</remarks>
internal static class BlowfishTables
{
    public const int SubkeyWords = 18;
    public const int BoxWords = 4 * 256;

    public static uint[] Subkeys { get; }

    public static uint[] Boxes { get; }

    static BlowfishTables()
    {
        const int Bits = (SubkeyWords + BoxWords) * 32;
        const int GuardBits = 64; // Each of some 10 000 divisions rounds down by less than one unit.
        BigInteger one = BigInteger.One << (Bits + GuardBits);
        // Machin: π = 16 arctan(1/5) - 4 arctan(1/239)
        BigInteger pi = (16 * ArcTanOfInverse(5, one)) - (4 * ArcTanOfInverse(239, one));
        BigInteger fraction = (pi - (3 * one)) >> GuardBits;
        byte[] bytes = fraction.ToByteArray(isUnsigned: true, isBigEndian: true);
        byte[] padded = new byte[Bits / 8];
        bytes.CopyTo(padded, padded.Length - bytes.Length);
        uint[] words = new uint[SubkeyWords + BoxWords];
        for (int i = 0; i < words.Length; i++)
            words[i] = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(padded.AsSpan(4 * i));
        Subkeys = words[..SubkeyWords];
        Boxes = words[SubkeyWords..];
    }

    // arctan(1/n) = 1/n - 1/(3n³) + 1/(5n⁵) - ...
    private static BigInteger ArcTanOfInverse(int n, BigInteger one)
    {
        BigInteger power = one / n;
        BigInteger sum = power;
        for (int divisor = 3; !power.IsZero; divisor += 2)
        {
            power /= n * n;
            BigInteger term = power / divisor;
            sum = divisor % 4 == 3 ? sum - term : sum + term;
        }
        return sum;
    }
}
