using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Etcd.Pki.Remote;

/// <summary>A secret that two cfssl servers share: requests carry HMAC-SHA256 of their bytes.</summary>
public sealed class AuthKey
{
    private readonly byte[] _key;

    private AuthKey(byte[] key) => _key = key;

    /// <summary>Reads hex digits, <c>env:NAME</c> or <c>file:PATH</c>, the latter two holding hex digits.</summary>
    public static bool TryRead(string text, [NotNullWhen(true)] out AuthKey? key, out string problem)
    {
        key = null;
        problem = "";
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string hex = text;
        if (colon >= 0)
        {
            string place = text[(colon + 1)..];
            switch (text[..colon])
            {
                case "env":
                    hex = Environment.GetEnvironmentVariable(place) ?? "";
                    break;
                case "file":
                    try
                    {
                        hex = File.ReadAllText(place).Trim();
                    }
                    catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
                    {
                        problem = error.Message;
                        return false;
                    }
                    break;
                default:
                    problem = "the key must be hex digits, env:NAME or file:PATH";
                    return false;
            }
        }
        try
        {
            key = new AuthKey(Convert.FromHexString(hex));
            return true;
        }
        catch (FormatException)
        {
            problem = "the key is not a row of hex digit pairs";
            return false;
        }
    }

    public byte[] Token(ReadOnlySpan<byte> request) => HMACSHA256.HashData(_key, request);

    /// <summary>Compares in constant time.</summary>
    public bool Verify(ReadOnlySpan<byte> token, ReadOnlySpan<byte> request) => CryptographicOperations.FixedTimeEquals(token, Token(request));
}
