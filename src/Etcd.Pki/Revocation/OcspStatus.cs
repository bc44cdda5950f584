using System.Globalization;
using Etcd.Pki.Errors;

namespace Etcd.Pki.Revocation;

/// <summary>What an OCSP responder says of a certificate.</summary>
public enum OcspStatus
{
    Good = 0,
    Revoked = 1,
    Unknown = 2,
}

/// <summary>Reads status and reason words.</summary>
public static class OcspWords
{
    // RFC 5280 §5.3.1; number 7 is not used.
    private static readonly Dictionary<string, int> s_reasons = new(StringComparer.OrdinalIgnoreCase)
    {
        ["unspecified"] = 0,
        ["keyCompromise"] = 1,
        ["cACompromise"] = 2,
        ["affiliationChanged"] = 3,
        ["superseded"] = 4,
        ["cessationOfOperation"] = 5,
        ["certificateHold"] = 6,
        ["removeFromCRL"] = 8,
        ["privilegeWithdrawn"] = 9,
        ["aACompromise"] = 10,
    };

    /// <exception cref="PkiException">8200: none of good, revoked, unknown.</exception>
    public static OcspStatus ParseStatus(string text) => text switch
    {
        "good" => OcspStatus.Good,
        "revoked" => OcspStatus.Revoked,
        "unknown" => OcspStatus.Unknown,
        _ => throw new PkiException(PkiErrorCategory.Ocsp, PkiReason.InvalidStatus).WithCure($"the status \"{text}\" must be good, revoked or unknown"),
    };

    /// <summary>A reason as a number or as a word of RFC 5280 in any case; empty is 0.</summary>
    /// <exception cref="PkiException">8200: neither.</exception>
    public static int ParseReason(string text)
    {
        if (text.Length == 0)
            return 0;
        if (s_reasons.TryGetValue(text, out int code))
            return code;
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out code))
            throw new PkiException($"strconv.Atoi: parsing \"{text}\": invalid syntax", $"the reason is a number or one of: {string.Join(", ", s_reasons.Keys)}");
        return s_reasons.ContainsValue(code)
            ? code
            : throw new PkiException(PkiErrorCategory.Ocsp, PkiReason.InvalidStatus).WithCure("the reason is a number from 0 to 10, but not 7");
    }
}
