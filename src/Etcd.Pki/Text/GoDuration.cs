using System.Globalization;
using System.Text;
using Etcd.Pki.Errors;

namespace Etcd.Pki.Text;

/// <summary>A length of time as Go writes it: <c>43800h</c>, <c>1h30m</c>, <c>1.5h</c>, <c>-5m</c>, <c>0</c>.</summary>
/// <param name="Nanoseconds">About ±292 years.</param>
public readonly record struct GoDuration(long Nanoseconds)
{
    private const long NanosecondsPerSecond = 1_000_000_000;
    private const long NanosecondsPerHour = 3600 * NanosecondsPerSecond;

    public bool IsZero => Nanoseconds == 0;

    public static GoDuration FromHours(long hours) => new(hours * NanosecondsPerHour);

    public static GoDuration FromSeconds(long seconds) => new(checked(seconds * NanosecondsPerSecond));

    public static GoDuration From(TimeSpan span) => new(checked(span.Ticks * 100));

    /// <summary>Rounded towards zero to .NET's 100 ns.</summary>
    public TimeSpan ToTimeSpan() => new(Nanoseconds / 100);

    /// <summary>Reads one or more decimal numbers, each with a unit of ns, us, µs, ms, s, m or h; an optional sign in front.</summary>
    /// <exception cref="PkiException">With the text that Go's <c>time.ParseDuration</c> has for the same mistake.</exception>
    public static GoDuration Parse(string text)
    {
        ReadOnlySpan<char> rest = text;
        bool isNegative = false;
        if (rest.Length > 0 && rest[0] is '-' or '+')
        {
            isNegative = rest[0] == '-';
            rest = rest[1..];
        }
        if (rest is "0")
            return default;
        if (rest.IsEmpty)
            throw Invalid(text);

        decimal total = 0;
        while (!rest.IsEmpty)
        {
            decimal number = ReadNumber(text, ref rest);
            int unitLength = rest.IndexOfAnyInRange('0', '9') is var digit && rest.IndexOf('.') is var dot
                ? FirstOf(digit, dot, rest.Length)
                : rest.Length;
            if (unitLength == 0)
                throw new PkiException($"time: missing unit in duration {Quote(text)}", "write a unit after every number, for example 43800h");
            string unit = rest[..unitLength].ToString();
            rest = rest[unitLength..];
            if (UnitNanoseconds(unit) is not { } scale)
                throw new PkiException(
                    $"time: unknown unit {Quote(unit)} in duration {Quote(text)}",
                    "durations know ns, us, ms, s, m and h; five years are 43800h");
            // Bounds every step, so that neither decimal nor long can overflow.
            if (number > decimal.Floor(long.MaxValue / (decimal)scale) + 1)
                throw Invalid(text);
            total += decimal.Floor(number * scale);
            if (total > (decimal)long.MaxValue + (isNegative ? 1 : 0))
                throw Invalid(text);
        }
        return new GoDuration((long)(isNegative ? -total : total));
    }

    /// <summary>Go's form: <c>43800h0m0s</c>, <c>1.5s</c>, <c>10ms</c>, <c>0s</c>.</summary>
    public override string ToString()
    {
        if (Nanoseconds == 0)
            return "0s";
        ulong left = Nanoseconds < 0 ? (ulong)-(Nanoseconds + 1) + 1 : (ulong)Nanoseconds;
        string sign = Nanoseconds < 0 ? "-" : "";
        if (left < NanosecondsPerSecond)
        {
            (ulong scale, string unit) = left < 1000 ? (1UL, "ns") : left < 1_000_000 ? (1000UL, "µs") : (1_000_000UL, "ms");
            return sign + ((decimal)left / scale).ToString("0.######", CultureInfo.InvariantCulture) + unit;
        }
        ulong hours = left / NanosecondsPerHour;
        ulong minutes = left / (60 * NanosecondsPerSecond) % 60;
        string seconds = ((decimal)(left % (60 * NanosecondsPerSecond)) / NanosecondsPerSecond)
            .ToString("0.#########", CultureInfo.InvariantCulture);
        return hours > 0 ? $"{sign}{hours}h{minutes}m{seconds}s" : minutes > 0 ? $"{sign}{minutes}m{seconds}s" : $"{sign}{seconds}s";
    }

    private static decimal ReadNumber(string text, ref ReadOnlySpan<char> rest)
    {
        int length = 0;
        int digits = 0;
        bool hasDot = false;
        while (length < rest.Length && (char.IsAsciiDigit(rest[length]) || (rest[length] == '.' && !hasDot)))
        {
            hasDot |= rest[length] == '.';
            digits += rest[length] == '.' ? 0 : 1;
            length++;
        }
        if (digits == 0 || !decimal.TryParse(rest[..length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number))
            throw Invalid(text);
        rest = rest[length..];
        return number;
    }

    private static int FirstOf(int digit, int dot, int end)
    {
        int first = digit < 0 ? end : digit;
        return dot >= 0 && dot < first ? dot : first;
    }

    private static long? UnitNanoseconds(string unit) => unit switch
    {
        "ns" => 1,
        "us" or "µs" or "μs" => 1000, // Both spellings of micro: U+00B5 and U+03BC.
        "ms" => 1_000_000,
        "s" => NanosecondsPerSecond,
        "m" => 60 * NanosecondsPerSecond,
        "h" => NanosecondsPerHour,
        _ => null,
    };

    private static PkiException Invalid(string text) =>
        new($"time: invalid duration {Quote(text)}", "write a duration like 43800h or 1h30m");

    // Go's time package quotes on its own: everything outside printable ASCII becomes \xNN, byte by byte.
    private static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (byte octet in Encoding.UTF8.GetBytes(text))
        {
            if (octet is >= 0x80 or < 0x20)
                quoted.Append("\\x").Append(octet.ToString("x2", CultureInfo.InvariantCulture));
            else if (octet is (byte)'"' or (byte)'\\')
                quoted.Append('\\').Append((char)octet);
            else
                quoted.Append((char)octet);
        }
        return quoted.Append('"').ToString();
    }
}
