using System.Buffers;
using System.Globalization;
using System.Text;

namespace Etcd.Foundation.Metrics;

/// <summary>Writes lines of the Prometheus text format 0.0.4.</summary>
internal sealed class ExpositionWriter(IBufferWriter<byte> output)
{
    /// <summary>The label part of a line, <c>{a="x",b="y"}</c>, or empty without labels.</summary>
    public static string Labels(ReadOnlySpan<string> names, ReadOnlySpan<string> values)
    {
        if (names.IsEmpty)
            return "";
        var text = new StringBuilder("{");
        for (int i = 0; i < names.Length; i++)
            AppendLabel(text, names[i], values[i]);
        return text.Append('}').ToString();
    }

    public void WriteFamily(MetricDescription description)
    {
        string help = description.Help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        Write($"# HELP {description.Name} {help}\n# TYPE {description.Name} {description.Type}\n");
    }

    public void WriteSample(string name, string labels, double value) => Write($"{name}{labels} {Number(value)}\n");

    public void WriteHistogram(string name, string labels, Histogram histogram)
    {
        long cumulative = 0;
        ReadOnlySpan<double> bounds = histogram.UpperBounds;
        for (int bucket = 0; bucket <= bounds.Length; bucket++)
        {
            cumulative += histogram.CountAt(bucket);
            string bound = bucket < bounds.Length ? Number(bounds[bucket]) : "+Inf";
            WriteSample(name + "_bucket", WithBound(labels, bound), cumulative);
        }
        WriteSample(name + "_sum", labels, histogram.Sum);
        WriteSample(name + "_count", labels, cumulative);
    }

    /// <summary>A number as Go prints it with format 'g': the fewest digits that read back the same, with an exponent of at
    /// least two digits below 0.0001 and from 1000000 on.</summary>
    /// <remarks>Queries compare <c>le</c> labels as text, so 1.048576e+06 must not become 1048576.</remarks>
    internal static string Number(double value)
    {
        if (double.IsNaN(value))
            return "NaN";
        if (double.IsInfinity(value))
            return value > 0 ? "+Inf" : "-Inf";
        if (value == 0)
            return "0";
        // .NET finds the same digits but lays them out its own way.
        string shortest = Math.Abs(value).ToString("R", CultureInfo.InvariantCulture);
        (string digits, int pointAt) = SplitDigits(shortest);
        string sign = value < 0 ? "-" : "";
        int exponent = pointAt - 1;
        return sign + (exponent is < -4 or >= 6 ? Scientific(digits, exponent) : Plain(digits, pointAt));
    }

    private static string Scientific(string digits, int exponent)
    {
        string fraction = digits.Length > 1 ? "." + digits[1..] : "";
        return $"{digits[0]}{fraction}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
    }

    private static string Plain(string digits, int pointAt)
    {
        if (pointAt <= 0)
            return "0." + new string('0', -pointAt) + digits;
        return pointAt >= digits.Length ? digits.PadRight(pointAt, '0') : $"{digits[..pointAt]}.{digits[pointAt..]}";
    }

    /// <summary>Significant digits, and how many of them stand before the decimal point (may be negative or past the end).</summary>
    private static (string Digits, int PointAt) SplitDigits(string number)
    {
        int exponent = 0;
        int exponentAt = number.IndexOf('E');
        if (exponentAt >= 0)
        {
            exponent = int.Parse(number.AsSpan(exponentAt + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
            number = number[..exponentAt];
        }
        int pointAt = number.IndexOf('.');
        string all = number.Replace(".", "", StringComparison.Ordinal);
        int before = pointAt < 0 ? number.Length : pointAt;
        string withoutZeros = all.TrimStart('0');
        int leadingZeros = all.Length - withoutZeros.Length;
        return (withoutZeros.TrimEnd('0'), before - leadingZeros + exponent);
    }

    private static string WithBound(string labels, string bound) =>
        labels.Length == 0 ? $"{{le=\"{bound}\"}}" : $"{labels[..^1]},le=\"{bound}\"}}";

    private static void AppendLabel(StringBuilder text, string name, string value)
    {
        if (text.Length > 1)
            text.Append(',');
        text.Append(name).Append("=\"");
        foreach (char letter in value)
        {
            _ = letter switch
            {
                '\\' => text.Append(@"\\"),
                '"' => text.Append("\\\""),
                '\n' => text.Append(@"\n"),
                _ => text.Append(letter),
            };
        }
        text.Append('"');
    }

    private void Write(string text) => Encoding.UTF8.GetBytes(text, output);
}
