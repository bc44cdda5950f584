using System.Globalization;

namespace Etcd.Foundation;

/// <summary>Durations in Go's notation (<c>1h2m3.5s</c>, <c>100ms</c>, <c>0s</c>), as flags, logs and answers use them.</summary>
/// <remarks>A <see cref="TimeSpan"/> counts 100 ns; smaller parts are rounded towards zero.</remarks>
public static class GoDuration
{
    private static readonly (string Unit, double Ticks)[] s_units =
    [
        ("ns", 0.01), ("us", TimeSpan.TicksPerMicrosecond), ("µs", TimeSpan.TicksPerMicrosecond), ("μs", TimeSpan.TicksPerMicrosecond),
        ("ms", TimeSpan.TicksPerMillisecond), ("s", TimeSpan.TicksPerSecond), ("m", TimeSpan.TicksPerMinute), ("h", TimeSpan.TicksPerHour),
    ];

    public static string Format(TimeSpan value)
    {
        if (value == TimeSpan.Zero)
            return "0s";
        string sign = value < TimeSpan.Zero ? "-" : "";
        ulong ticks = (ulong)Math.Abs((decimal)value.Ticks);
        if (ticks < TimeSpan.TicksPerMicrosecond)
            return $"{sign}{ticks * 100}ns";
        if (ticks < TimeSpan.TicksPerMillisecond)
            return sign + Number(ticks / (decimal)TimeSpan.TicksPerMicrosecond) + "µs";
        if (ticks < TimeSpan.TicksPerSecond)
            return sign + Number(ticks / (decimal)TimeSpan.TicksPerMillisecond) + "ms";
        ulong hours = ticks / TimeSpan.TicksPerHour;
        ulong minutes = ticks % TimeSpan.TicksPerHour / TimeSpan.TicksPerMinute;
        string seconds = Number(ticks % TimeSpan.TicksPerMinute / (decimal)TimeSpan.TicksPerSecond) + "s";
        if (hours > 0)
            return $"{sign}{hours}h{minutes}m{seconds}";
        return minutes > 0 ? $"{sign}{minutes}m{seconds}" : sign + seconds;
    }

    /// <summary>Reads what Go's <c>time.ParseDuration</c> reads: signed decimal numbers, each with a unit.</summary>
    public static bool TryParse(string text, out TimeSpan value)
    {
        value = default;
        ReadOnlySpan<char> rest = text;
        bool negative = rest.StartsWith("-");
        if (negative || rest.StartsWith("+"))
            rest = rest[1..];
        if (rest is "0")
            return true;
        if (rest.IsEmpty)
            return false;
        double ticks = 0;
        while (!rest.IsEmpty)
        {
            if (!TryTakePart(ref rest, out double part))
                return false;
            ticks += part;
        }
        if (ticks > TimeSpan.MaxValue.Ticks)
            return false;
        value = TimeSpan.FromTicks((long)(negative ? -ticks : ticks));
        return true;
    }

    private static bool TryTakePart(ref ReadOnlySpan<char> rest, out double ticks)
    {
        ticks = 0;
        int digits = rest.IndexOfAnyExcept("0123456789.");
        if (digits <= 0 || !double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number))
            return false;
        rest = rest[digits..];
        int letters = rest.IndexOfAny("0123456789.");
        ReadOnlySpan<char> unit = letters < 0 ? rest : rest[..letters];
        foreach ((string name, double size) in s_units)
        {
            if (!unit.SequenceEqual(name))
                continue;
            ticks = number * size;
            rest = rest[unit.Length..];
            return true;
        }
        return false;
    }

    private static string Number(decimal value) => value.ToString("0.#########", CultureInfo.InvariantCulture);
}
