using System.Globalization;
using System.Numerics;
using Etcd.Pki.Errors;

namespace Etcd.Pki.Revocation;

/// <summary>Reads the serial numbers to revoke: decimal, one per line, empty lines skipped.</summary>
public static class SerialList
{
    /// <exception cref="PkiException">A line is no decimal number. (cfssl revokes the serial number zero then.)</exception>
    public static IReadOnlyList<BigInteger> Parse(string text)
    {
        var serials = new List<BigInteger>();
        int lineNumber = 0;
        foreach (string line in text.Split('\n'))
        {
            lineNumber++;
            string digits = line.Trim();
            if (digits.Length > 0)
                serials.Add(ParseOne(digits, $"line {lineNumber.ToString(CultureInfo.InvariantCulture)}"));
        }
        return serials;
    }

    /// <exception cref="PkiException">The text is no decimal number.</exception>
    public static BigInteger ParseOne(string digits, string place)
    {
        // 20 bytes need 49 digits; BigInteger's parser is slow on very long texts.
        if (digits.Length <= 60 && BigInteger.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out BigInteger serial))
            return serial;
        throw new PkiException(
            $"invalid serial number \"{(digits.Length > 60 ? digits[..60] + "…" : digits)}\"",
            $"{place}: serial numbers are decimal; cfssl certinfo prints them so");
    }
}
