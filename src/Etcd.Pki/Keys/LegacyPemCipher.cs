using System.Security.Cryptography;
using System.Text;
using Etcd.Pki.Pem;
using Etcd.Pki.Errors;

namespace Etcd.Pki.Keys;

/// <summary>The encryption of PEM keys that OpenSSL used before PKCS#8: header <c>DEK-Info: AES-256-CBC,&lt;iv in hex&gt;</c>,
/// key stretched with MD5 (RFC 1421 headers, EVP_BytesToKey with one round).</summary>
/// <remarks>Weak by today's measure; read because CA keys of that age exist, written only by the etcd-ca front's exports.</remarks>
internal static class LegacyPemCipher
{
    private const int SaltBytes = 8;

    /// <exception cref="PkiException">2003: unknown cipher, damaged header or wrong password.</exception>
    public static byte[] Decrypt(PemBlock block, string password)
    {
        if (!block.Headers.TryGetValue("DEK-Info", out string? info) || info.Split(',') is not [var cipherName, var ivHex])
            throw Failed("the PEM header DEK-Info is missing or damaged");
        using SymmetricAlgorithm cipher = CreateCipher(cipherName);
        byte[] iv;
        try
        {
            iv = Convert.FromHexString(ivHex);
        }
        catch (FormatException)
        {
            throw Failed("the PEM header DEK-Info is missing or damaged");
        }
        if (iv.Length * 8 != cipher.BlockSize)
            throw Failed("the PEM header DEK-Info is missing or damaged");
        try
        {
            cipher.Key = DeriveKey(password, iv.AsSpan(0, SaltBytes), cipher.KeySize / 8);
            return cipher.DecryptCbc(block.Bytes, iv);
        }
        catch (CryptographicException)
        {
            throw Failed("wrong password for the encrypted key");
        }
    }

    /// <summary>The key DER as an encrypted PEM text.</summary>
    /// <param name="label">For example <c>RSA PRIVATE KEY</c>.</param>
    /// <param name="der">The plain key.</param>
    /// <param name="password">May be empty: etcd-ca encrypts even then.</param>
    public static string Encrypt(string label, ReadOnlySpan<byte> der, string password)
    {
        using SymmetricAlgorithm cipher = CreateCipher("AES-256-CBC");
        byte[] iv = RandomNumberGenerator.GetBytes(cipher.BlockSize / 8);
        cipher.Key = DeriveKey(password, iv.AsSpan(0, SaltBytes), cipher.KeySize / 8);
        string body = PemEncoding.WriteString(label, cipher.EncryptCbc(der, iv));
        int firstLine = body.IndexOf('\n', StringComparison.Ordinal) + 1;
        return $"{body[..firstLine]}Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,{Convert.ToHexString(iv)}\n\n{body[firstLine..]}\n";
    }

#pragma warning disable CA5350, CA5351 // The format prescribes MD5 and allows Triple DES; nothing here chooses them for new secrets.
    private static SymmetricAlgorithm CreateCipher(string name)
    {
        SymmetricAlgorithm cipher;
        switch (name)
        {
            case "AES-128-CBC" or "AES-192-CBC" or "AES-256-CBC":
                cipher = Aes.Create();
                cipher.KeySize = int.Parse(name.AsSpan(4, 3));
                return cipher;
            case "DES-EDE3-CBC":
                cipher = TripleDES.Create();
                cipher.KeySize = 192;
                return cipher;
            default:
                throw Failed($"the key is encrypted with {name}, which cannot be read here");
        }
    }

    private static byte[] DeriveKey(string password, ReadOnlySpan<byte> salt, int keyBytes)
    {
        byte[] secret = [.. Encoding.UTF8.GetBytes(password), .. salt];
        byte[] key = new byte[keyBytes];
        byte[] digest = [];
        for (int filled = 0; filled < keyBytes; filled += digest.Length)
        {
            digest = MD5.HashData([.. digest, .. secret]);
            digest.AsSpan(0, Math.Min(digest.Length, keyBytes - filled)).CopyTo(key.AsSpan(filled));
        }
        return key;
    }
#pragma warning restore CA5350, CA5351

    private static PkiException Failed(string cure) =>
        new PkiException(PkiErrorCategory.PrivateKey, PkiReason.ParseFailed).WithCure(cure);
}
