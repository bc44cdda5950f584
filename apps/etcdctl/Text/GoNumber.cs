using System.Globalization;
using System.Numerics;

namespace Etcdctl.Text;

/// <summary>Numbers and booleans as Go's strconv reads them, with its complaints.</summary>
internal static class GoNumber
{
    public static bool TryParseBool(string text, out bool value)
    {
        value = text is "1" or "t" or "T" or "true" or "TRUE" or "True";
        return value || text is "0" or "f" or "F" or "false" or "FALSE" or "False";
    }

    /// <summary>A signed 64-bit number that has been checked with <see cref="ParseProblem"/>.</summary>
    public static long Parse(string text, bool autoBase) => TryParse(text, autoBase ? 0 : 10, out BigInteger value) ? (long)value : 0;

    /// <summary>Null if it is a signed 64-bit number.</summary>
    /// <param name="autoBase">Allow <c>0x</c>, <c>0o</c>, <c>0b</c> and <c>_</c>.</param>
    public static string? ParseProblem(string text, bool autoBase)
    {
        if (!TryParse(text, autoBase ? 0 : 10, out BigInteger value))
            return Problem("ParseInt", text, "invalid syntax");
        return value < long.MinValue || value > long.MaxValue ? Problem("ParseInt", text, "value out of range") : null;
    }

    public static bool TryParseHex(string text, out long value, out string problem)
    {
        value = 0;
        problem = "";
        if (!TryParse(text, 16, out BigInteger number))
            problem = Problem("ParseInt", text, "invalid syntax");
        else if (number < long.MinValue || number > long.MaxValue)
            problem = Problem("ParseInt", text, "value out of range");
        else
            value = (long)number;
        return problem.Length == 0;
    }

    public static bool TryParseUnsignedHex(string text, out ulong value, out string problem)
    {
        value = 0;
        problem = "";
        if (text.StartsWith('-') || text.StartsWith('+') || !TryParse(text, 16, out BigInteger number))
            problem = Problem("ParseUint", text, "invalid syntax");
        else if (number > ulong.MaxValue)
            problem = Problem("ParseUint", text, "value out of range");
        else
            value = (ulong)number;
        return problem.Length == 0;
    }

    private static string Problem(string function, string text, string what) => $"strconv.{function}: parsing {GoString.Quote(text)}: {what}";

    private static bool TryParse(string text, int numberBase, out BigInteger value)
    {
        value = 0;
        ReadOnlySpan<char> digits = text;
        bool isNegative = digits.StartsWith("-");
        if (isNegative || digits.StartsWith("+"))
            digits = digits[1..];
        if (numberBase == 0)
        {
            numberBase = 10;
            if (digits.Length > 1 && digits[0] == '0')
            {
                int prefix = 2;
                switch (char.ToLowerInvariant(digits[1]))
                {
                    case 'x': numberBase = 16; break;
                    case 'o': numberBase = 8; break;
                    case 'b': numberBase = 2; break;
                    default: numberBase = 8; prefix = 1; break;
                }
                digits = digits[prefix..];
            }
            digits = digits.ToString().Replace("_", "", StringComparison.Ordinal);
        }
        if (digits.IsEmpty)
            return false;
        foreach (char digit in digits)
        {
            if (!int.TryParse([digit], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int number) || number >= numberBase)
                return false;
            value = (value * numberBase) + number;
        }
        if (isNegative)
            value = -value;
        return true;
    }
}
