using Etcd.Pki.Errors;

namespace Etcd.Pki.Keys;

/// <summary>Which key a request wants.</summary>
/// <param name="Algorithm"><c>rsa</c> or <c>ecdsa</c>; not checked before <see cref="Check"/>.</param>
/// <param name="Bits">RSA: modulus bits, 2048 to 8192. ECDSA: 256, 384 or 521.</param>
public sealed record KeySpec(string Algorithm, int Bits)
{
    public const int SmallestRsaBits = 2048;
    public const int LargestRsaBits = 8192;

    /// <summary>What a request without a <c>key</c> gets.</summary>
    public static KeySpec Default { get; } = new("ecdsa", 256);

    /// <exception cref="PkiException">2400, with cfssl's reason.</exception>
    public void Check()
    {
        switch (Algorithm)
        {
            case "rsa" when Bits < SmallestRsaBits:
                throw Refused("RSA key is too weak", $"key.size {Bits} is too small: write 2048 or more");
            case "rsa" when Bits > LargestRsaBits:
                throw Refused("RSA key size too large", $"key.size {Bits} is too large: 8192 is the limit, 4096 is plenty");
            case "ecdsa" when Bits is not (256 or 384 or 521):
                throw Refused("invalid curve", $"key.size {Bits} is no ECDSA curve: write 256, 384 or 521");
            case "rsa" or "ecdsa":
                return;
            case "ed25519":
                throw Refused("invalid algorithm", "ed25519 keys are not supported here: write \"ecdsa\" with size 256");
            default:
                throw Refused("invalid algorithm", $"key.algo \"{Algorithm}\" is unknown: write \"rsa\" or \"ecdsa\"");
        }
    }

    private static PkiException Refused(string message, string cure) =>
        new(PkiErrorCategory.PrivateKey, PkiReason.GenerationFailed, message, cure);
}
