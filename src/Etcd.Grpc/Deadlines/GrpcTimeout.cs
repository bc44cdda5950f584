using System.Globalization;

namespace Etcd.Grpc;

/// <summary>The <c>grpc-timeout</c> header (gRPC over HTTP/2, "Requests").</summary>
public static class GrpcTimeout
{
    private const int MaxDigits = 8;
    private const long MaxValue = 99_999_999;

    /// <summary>Reads a header value.</summary>
    /// <param name="value">1 to 8 digits, then one unit: H, M, S, m (ms), u (µs) or n (ns).</param>
    /// <param name="timeout">Time the caller will wait, rounded up to 100 ns; zero means expired.</param>
    /// <param name="problem">On failure, the text grpc-go gives after <c>malformed grpc-timeout: </c>.</param>
    /// <returns>False if malformed; a server then ends the call with INTERNAL, as grpc-go does.</returns>
    public static bool TryParse(ReadOnlySpan<char> value, out TimeSpan timeout, out string problem)
    {
        timeout = TimeSpan.Zero;
        problem = "";
        if (value.Length is < 2 or > MaxDigits + 1)
        {
            problem = $"transport: timeout string is too {(value.Length < 2 ? "short" : "long")}: \"{value}\"";
            return false;
        }
        double ticksPerUnit = TicksPerUnit(value[^1]);
        if (ticksPerUnit == 0)
        {
            problem = $"transport: timeout unit is not recognized: \"{value}\"";
            return false;
        }
        if (!long.TryParse(value[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out long number))
        {
            problem = $"strconv.ParseInt: parsing \"{value[..^1]}\": invalid syntax";
            return false;
        }
        // 99999999 hours is 3.6e18 ticks: it fits, so nothing saturates here.
        timeout = TimeSpan.FromTicks((long)Math.Ceiling(number * ticksPerUnit));
        return true;
    }

    /// <summary>Writes a header value, rounded up and in the finest unit that fits 8 digits; a past deadline is <c>0n</c>.</summary>
    public static string Format(TimeSpan timeout)
    {
        if (timeout <= TimeSpan.Zero)
            return "0n";
        long ticks = timeout.Ticks;
        // 100 ns per tick: nanoseconds have 8 digits only below 0.1 s.
        if (ticks <= MaxValue / 100)
            return string.Create(CultureInfo.InvariantCulture, $"{ticks * 100}n");
        ReadOnlySpan<char> units = ['u', 'm', 'S', 'M', 'H'];
        foreach (char unit in units)
        {
            long ticksPerUnit = (long)TicksPerUnit(unit);
            long number = (ticks / ticksPerUnit) + (ticks % ticksPerUnit == 0 ? 0 : 1);
            if (number <= MaxValue)
                return string.Create(CultureInfo.InvariantCulture, $"{number}{unit}");
        }
        return string.Create(CultureInfo.InvariantCulture, $"{MaxValue}H");
    }

    private static double TicksPerUnit(char unit) => unit switch
    {
        'H' => TimeSpan.TicksPerHour,
        'M' => TimeSpan.TicksPerMinute,
        'S' => TimeSpan.TicksPerSecond,
        'm' => TimeSpan.TicksPerMillisecond,
        'u' => TimeSpan.TicksPerMicrosecond,
        'n' => 1.0 / TimeSpan.NanosecondsPerTick,
        _ => 0,
    };
}
