namespace Etcd.Store.Auth;

/// <summary>Blowfish (B. Schneier, 1993) with the slow key schedule of bcrypt.</summary>
internal sealed class Blowfish
{
    private readonly uint[] _subkeys = (uint[])BlowfishTables.Subkeys.Clone();
    private readonly uint[] _boxes = (uint[])BlowfishTables.Boxes.Clone();

    private Blowfish()
    {
    }

    /// <summary>"EksBlowfishSetup" of the bcrypt paper.</summary>
    /// <param name="key">Used cyclically; at most 72 bytes count.</param>
    /// <param name="salt">16 bytes.</param>
    public static Blowfish ForBcrypt(ReadOnlySpan<byte> key, ReadOnlySpan<byte> salt, int cost)
    {
        Span<uint> keyWords = stackalloc uint[BlowfishTables.SubkeyWords];
        Span<uint> saltWords = stackalloc uint[BlowfishTables.SubkeyWords];
        Cycle(key, keyWords);
        Cycle(salt, saltWords);
        var cipher = new Blowfish();
        cipher.Expand(keyWords, saltWords[..4]);
        ReadOnlySpan<uint> noSalt = [0, 0, 0, 0];
        for (ulong round = 0; round < 1UL << cost; round++)
        {
            cipher.Expand(keyWords, noSalt);
            cipher.Expand(saltWords, noSalt);
        }
        return cipher;
    }

    public void Encrypt(ref uint left, ref uint right)
    {
        // Lengths the compiler can see spare the loop most of its bounds checks.
        ReadOnlySpan<uint> subkeys = _subkeys.AsSpan(0, BlowfishTables.SubkeyWords);
        ReadOnlySpan<uint> box0 = _boxes.AsSpan(0, 256);
        ReadOnlySpan<uint> box1 = _boxes.AsSpan(256, 256);
        ReadOnlySpan<uint> box2 = _boxes.AsSpan(512, 256);
        ReadOnlySpan<uint> box3 = _boxes.AsSpan(768, 256);
        uint l = left;
        uint r = right;
        for (int i = 0; i < 16; i += 2)
        {
            l ^= subkeys[i];
            r ^= ((box0[(byte)(l >> 24)] + box1[(byte)(l >> 16)]) ^ box2[(byte)(l >> 8)]) + box3[(byte)l];
            r ^= subkeys[i + 1];
            l ^= ((box0[(byte)(r >> 24)] + box1[(byte)(r >> 16)]) ^ box2[(byte)(r >> 8)]) + box3[(byte)r];
        }
        left = r ^ subkeys[17];
        right = l ^ subkeys[16];
    }

    private void Expand(ReadOnlySpan<uint> key, ReadOnlySpan<uint> salt)
    {
        for (int i = 0; i < _subkeys.Length; i++)
            _subkeys[i] ^= key[i];
        uint left = 0;
        uint right = 0;
        int at = 0;
        Replace(_subkeys, salt, ref at, ref left, ref right);
        Replace(_boxes, salt, ref at, ref left, ref right);
    }

    private void Replace(uint[] words, ReadOnlySpan<uint> salt, ref int at, ref uint left, ref uint right)
    {
        for (int i = 0; i < words.Length; i += 2)
        {
            left ^= salt[at];
            right ^= salt[at + 1];
            at ^= 2;
            Encrypt(ref left, ref right);
            words[i] = left;
            words[i + 1] = right;
        }
    }

    private static void Cycle(ReadOnlySpan<byte> bytes, Span<uint> words)
    {
        int at = 0;
        for (int i = 0; i < words.Length; i++)
        {
            uint word = 0;
            for (int j = 0; j < 4; j++)
            {
                word = word << 8 | bytes[at];
                at = at + 1 == bytes.Length ? 0 : at + 1;
            }
            words[i] = word;
        }
    }
}
