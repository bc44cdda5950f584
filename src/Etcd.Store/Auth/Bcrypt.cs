using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Etcd.Store.Auth;

/// <summary>The password hash that etcd stores (Provos and Mazières, "A Future-Adaptable Password Scheme", 1999), in the
/// text form of Go's x/crypto/bcrypt.</summary>
/// <remarks><code>
/// $2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy
///  |  |  |                     |
///  |  |  22 characters: salt   31 characters: first 23 bytes of the hash
///  |  cost: 2^cost key schedules
///  version: 2, and a letter that says which of the old bugs the writer did not have
/// </code>
/// Only the first 72 bytes of a password count.</remarks>
public static class Bcrypt
{
    public const int MinCost = 4;
    public const int MaxCost = 31;
    public const int DefaultCost = 10;
    public const int SaltBytes = 16;

    private const int HashBytes = 23;
    private const int MinTextBytes = 59;
    private const int EncodedSaltBytes = 22;
    private const string Alphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>Hashes a password: <c>$2a$cc$</c>, salt, hash; 60 ASCII bytes.</summary>
    /// <param name="cost"><see cref="MinCost"/> to <see cref="MaxCost"/>; each step doubles the work.</param>
    /// <param name="salt">16 bytes that no other password has.</param>
    public static byte[] Hash(ReadOnlySpan<byte> password, int cost, ReadOnlySpan<byte> salt)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(cost, MinCost);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(cost, MaxCost);
        ArgumentOutOfRangeException.ThrowIfNotEqual(salt.Length, SaltBytes);
        return Encoding.ASCII.GetBytes($"$2a${cost:D2}${Encode(salt)}{Encode(Compute(password, cost, salt))}");
    }

    /// <summary>Whether the password belongs to the hash. A malformed hash belongs to no password.</summary>
    public static bool Verify(ReadOnlySpan<byte> hash, ReadOnlySpan<byte> password)
    {
        if (!TryReadHead(hash, out int cost, out ReadOnlySpan<byte> encoded))
            return false;
        Span<byte> salt = stackalloc byte[SaltBytes];
        if (!TryDecode(encoded[..EncodedSaltBytes], salt))
            return false;
        byte[] expected = Encoding.ASCII.GetBytes(Encode(Compute(password, cost, salt)));
        return CryptographicOperations.FixedTimeEquals(expected, encoded[EncodedSaltBytes..]);
    }

    /// <summary>The cost inside a hash; 0 if it is malformed.</summary>
    public static int CostOf(ReadOnlySpan<byte> hash) => TryReadHead(hash, out int cost, out _) ? cost : 0;

    // "$2$cc$..." (no letter) is as old as "$2a$cc$..."; any letter is accepted, as Go does.
    private static bool TryReadHead(ReadOnlySpan<byte> hash, out int cost, out ReadOnlySpan<byte> encoded)
    {
        cost = 0;
        encoded = default;
        if (hash.Length < MinTextBytes || hash[0] != '$' || hash[1] != '2')
            return false;
        int at = hash[2] == '$' ? 3 : 4;
        if (hash[at - 1] != '$' || !char.IsAsciiDigit((char)hash[at]) || !char.IsAsciiDigit((char)hash[at + 1]) || hash[at + 2] != '$')
            return false;
        cost = (hash[at] - '0') * 10 + hash[at + 1] - '0';
        encoded = hash[(at + 3)..];
        return cost is >= MinCost and <= MaxCost && encoded.Length > EncodedSaltBytes;
    }

    private static byte[] Compute(ReadOnlySpan<byte> password, int cost, ReadOnlySpan<byte> salt)
    {
        byte[] key = new byte[password.Length + 1]; // C's closing zero byte belongs to the key.
        password.CopyTo(key);
        Blowfish cipher = Blowfish.ForBcrypt(key, salt, cost);
        CryptographicOperations.ZeroMemory(key);
        Span<byte> text = stackalloc byte[24];
        "OrpheanBeholderScryDoubt"u8.CopyTo(text);
        for (int block = 0; block < text.Length; block += 8)
        {
            uint left = BinaryPrimitives.ReadUInt32BigEndian(text[block..]);
            uint right = BinaryPrimitives.ReadUInt32BigEndian(text[(block + 4)..]);
            for (int i = 0; i < 64; i++)
                cipher.Encrypt(ref left, ref right);
            BinaryPrimitives.WriteUInt32BigEndian(text[block..], left);
            BinaryPrimitives.WriteUInt32BigEndian(text[(block + 4)..], right);
        }
        return text[..HashBytes].ToArray(); // Compat: the 24th byte is left out since the first implementation.
    }

    // Base64 with bcrypt's own alphabet and without padding.
    private static string Encode(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        uint bits = 0;
        int count = 0;
        foreach (byte b in bytes)
        {
            bits = bits << 8 | b;
            for (count += 8; count >= 6; count -= 6)
                text.Append(Alphabet[(int)(bits >> (count - 6) & 63)]);
        }
        if (count > 0)
            text.Append(Alphabet[(int)(bits << (6 - count) & 63)]);
        return text.ToString();
    }

    private static bool TryDecode(ReadOnlySpan<byte> text, Span<byte> bytes)
    {
        uint bits = 0;
        int count = 0;
        int written = 0;
        foreach (byte character in text)
        {
            int value = Alphabet.IndexOf((char)character, StringComparison.Ordinal);
            if (value < 0)
                return false;
            bits = bits << 6 | (uint)value;
            count += 6;
            if (count < 8 || written == bytes.Length)
                continue;
            count -= 8;
            bytes[written++] = (byte)(bits >> count);
        }
        return written == bytes.Length;
    }
}
