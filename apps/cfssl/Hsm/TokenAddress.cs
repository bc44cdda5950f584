using Etcd.Pki.Errors;
using Etcd.Pki.Files;

namespace Cfssl.Hsm;

/// <summary>Where a key in a token is: the four <c>-pkcs11-*</c> flags, or a <c>pkcs11:</c> URI (RFC 7512) as <c>-ca-key</c>.</summary>
/// <param name="Module">Path of the PKCS#11 library.</param>
/// <param name="Token">Label of the token; empty for the only one there is.</param>
/// <param name="KeyLabel">Label of the key; empty for the only one in the token.</param>
/// <param name="Pin">The user's PIN; empty to try without logging in.</param>
internal sealed record TokenAddress(string Module, string Token, string KeyLabel, string Pin)
{
    private const string Scheme = "pkcs11:";

    /// <summary>The address that the options name; null if the CA key is not in a token.</summary>
    /// <exception cref="PkiException">The address is incomplete.</exception>
    public static TokenAddress? Of(CfsslOptions options)
    {
        TokenAddress? address = options.CaKey.StartsWith(Scheme, StringComparison.Ordinal) ? ParseUri(options.CaKey[Scheme.Length..])
            : options.Pkcs11Module.Length > 0 ? new TokenAddress("", "", "", "")
            : null;
        if (address is null)
            return null;
        address = new TokenAddress(
            FirstNonEmpty(address.Module, options.Pkcs11Module),
            FirstNonEmpty(address.Token, options.Pkcs11Token),
            FirstNonEmpty(address.KeyLabel, options.Pkcs11Label),
            FirstNonEmpty(address.Pin, ReadPin(options.Pkcs11Pin)));
        return address.Module.Length > 0 ? address : throw new PkiException(PkiErrorCategory.PrivateKey, PkiReason.Unavailable)
            .WithCure("name the token's library with -pkcs11-module, for example /usr/lib/softhsm/libsofthsm2.so");
    }

    private static TokenAddress ParseUri(string uri)
    {
        var parts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string part in uri.Split([';', '?', '&'], StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                throw new PkiException(
                    PkiErrorCategory.PrivateKey, PkiReason.Unavailable, $"invalid PKCS#11 URI part \"{part}\"",
                    "write pkcs11:token=NAME;object=KEY?module-path=LIBRARY&pin-source=file:PATH");
            parts[part[..equals]] = Uri.UnescapeDataString(part[(equals + 1)..]);
        }
        string pin = parts.TryGetValue("pin-source", out string? source) ? ReadPin(source.Contains(':', StringComparison.Ordinal) ? source : "file:" + source)
            : parts.GetValueOrDefault("pin-value", "");
        return new TokenAddress(
            parts.GetValueOrDefault("module-path", ""), parts.GetValueOrDefault("token", ""), parts.GetValueOrDefault("object", ""), pin);
    }

    // A PIN on the command line is visible to everyone on the machine, so it may also come from a file or a variable.
    private static string ReadPin(string pin) =>
        pin.StartsWith("file:", StringComparison.Ordinal) ? InputFile.ReadText(pin.StartsWith("file://", StringComparison.Ordinal) ? pin["file://".Length..] : pin["file:".Length..]).Trim()
            : pin.StartsWith("env:", StringComparison.Ordinal) ? Environment.GetEnvironmentVariable(pin["env:".Length..]) ?? ""
            : pin;

    private static string FirstNonEmpty(string one, string other) => one.Length > 0 ? one : other;
}
