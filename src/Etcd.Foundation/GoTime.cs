using System.Globalization;

namespace Etcd.Foundation;

/// <summary>Moments as Go's time package writes them in JSON (RFC 3339 with up to 9 digits of a second).</summary>
/// <remarks>Moments are Unix nanoseconds, so the years 1678 to 2261 can be told.</remarks>
public static class GoTime
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>For example <c>2026-11-22T03:04:20.15504Z</c>: UTC, trailing zeros of the fraction dropped.</summary>
    public static string Format(long unixNanoseconds)
    {
        long seconds = Math.DivRem(unixNanoseconds, NanosecondsPerSecond, out long nanoseconds);
        if (nanoseconds < 0)
        {
            seconds--;
            nanoseconds += NanosecondsPerSecond;
        }
        string whole = DateTime.UnixEpoch.AddSeconds(seconds).ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);
        return nanoseconds == 0 ? whole + "Z" : $"{whole}.{nanoseconds.ToString("D9", CultureInfo.InvariantCulture).TrimEnd('0')}Z";
    }

    /// <summary>Reads any RFC 3339 moment that Go writes, with <c>Z</c> or an offset.</summary>
    /// <returns>False if malformed or outside what nanoseconds can tell.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out long unixNanoseconds)
    {
        const string Pattern = "yyyy-MM-ddTHH:mm:ss";
        unixNanoseconds = 0;
        if (text.Length <= Pattern.Length
            || !DateTime.TryParseExact(text[..Pattern.Length], "yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTime whole))
            return false;
        ReadOnlySpan<char> rest = text[Pattern.Length..];
        if (!TryTakeFraction(ref rest, out long nanoseconds) || !TryReadOffset(rest, out long offsetSeconds))
            return false;
        Int128 total = (Int128)((whole - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerSecond - offsetSeconds) * NanosecondsPerSecond + nanoseconds;
        if (total < long.MinValue || total > long.MaxValue)
            return false;
        unixNanoseconds = (long)total;
        return true;
    }

    private static bool TryTakeFraction(ref ReadOnlySpan<char> rest, out long nanoseconds)
    {
        nanoseconds = 0;
        if (rest[0] != '.')
            return true;
        int digits = rest[1..].IndexOfAnyExceptInRange('0', '9');
        if (digits is < 1 or > 9)
            return false;
        for (int i = 0; i < 9; i++)
            nanoseconds = nanoseconds * 10 + (i < digits ? rest[1 + i] - '0' : 0);
        rest = rest[(1 + digits)..];
        return true;
    }

    // "Z", "+hh:mm" or "-hh:mm"
    private static bool TryReadOffset(ReadOnlySpan<char> text, out long seconds)
    {
        seconds = 0;
        if (text is "Z")
            return true;
        if (text.Length != 6 || text[0] is not ('+' or '-') || text[3] != ':'
            || !int.TryParse(text[1..3], NumberStyles.None, CultureInfo.InvariantCulture, out int hours)
            || !int.TryParse(text[4..6], NumberStyles.None, CultureInfo.InvariantCulture, out int minutes))
            return false;
        seconds = (hours * 60 + minutes) * 60L * (text[0] == '-' ? -1 : 1);
        return true;
    }
}
