using System.Globalization;

namespace Etcdctl.Text;

/// <summary>Sizes for humans, in powers of 1000, as etcdctl prints them: <c>20 kB</c>, <c>6.2 MB</c>.</summary>
internal static class ByteCount
{
    private static readonly string[] s_units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];

    public static string Format(ulong bytes)
    {
        if (bytes < 10)
            return $"{bytes} B";
        int exponent = (int)Math.Floor(Math.Log(bytes) / Math.Log(1000));
        double value = Math.Floor((bytes / Math.Pow(1000, exponent) * 10) + 0.5) / 10;
        // Compat: rounded twice, the second time half to even, so that 20480 bytes are 20 kB.
        string number = value < 10
            ? value.ToString("0.0", CultureInfo.InvariantCulture)
            : Math.Round(value, MidpointRounding.ToEven).ToString("0", CultureInfo.InvariantCulture);
        return $"{number} {s_units[exponent]}";
    }
}
