using System.Globalization;
using Etcd.Foundation;

namespace Etcd.Hosting.Configuration;

/// <summary>The kinds of values that flags take, read as Go's flag package and etcd's own value types read them.</summary>
internal static class FlagValues
{
    private const string ParseError = "parse error";

    public static Flag Text(string name, string section, string fallback, string help, Action<ServerOptions, string> set) =>
        new(name, section, fallback, help, IsBool: false, (options, text) =>
        {
            set(options, text);
            return null;
        });

    public static Flag Bool(string name, string section, bool fallback, string help, Action<ServerOptions, bool> set) =>
        new(name, section, fallback ? "true" : "false", help, IsBool: true, (options, text) =>
        {
            bool? value = text switch
            {
                "1" or "t" or "T" or "true" or "TRUE" or "True" => true,
                "0" or "f" or "F" or "false" or "FALSE" or "False" => false,
                _ => null,
            };
            if (value is not { } known)
                return ParseError;
            set(options, known);
            return null;
        });

    public static Flag Integer(string name, string section, int fallback, string help, Action<ServerOptions, int> set) =>
        Number(name, section, fallback, help, set);

    public static Flag Long(string name, string section, long fallback, string help, Action<ServerOptions, long> set) =>
        Number(name, section, fallback, help, set);

    public static Flag Unsigned(string name, string section, ulong fallback, string help, Action<ServerOptions, ulong> set) =>
        Number(name, section, fallback, help, set);

    public static Flag Milliseconds(string name, string section, uint fallback, string help, Action<ServerOptions, TimeSpan> set) =>
        Number(name, section, fallback, help, (ServerOptions options, uint value) => set(options, TimeSpan.FromMilliseconds(value)));

    public static Flag Duration(string name, string section, string fallback, string help, Action<ServerOptions, TimeSpan> set) =>
        new(name, section, fallback, help, IsBool: false, (options, text) =>
        {
            if (!GoDuration.TryParse(text, out TimeSpan value))
                return ParseError;
            set(options, value);
            return null;
        });

    /// <summary>The first of <paramref name="allowed"/> is the default.</summary>
    public static Flag OneOf(string name, string section, IReadOnlyList<string> allowed, string help, Action<ServerOptions, string> set) =>
        new(name, section, allowed[0], help, IsBool: false, (options, text) =>
        {
            if (!allowed.Contains(text))
                return $"invalid value \"{text}\" (allowed: {string.Join(", ", allowed)})";
            set(options, text);
            return null;
        });

    public static Flag List(string name, string section, string fallback, string help, Action<ServerOptions, IReadOnlyList<string>> set) =>
        new(name, section, fallback, help, IsBool: false, (options, text) =>
        {
            set(options, text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
            return null;
        });

    public static Flag Set(string name, string section, string fallback, string help, Action<ServerOptions, IReadOnlySet<string>> set) =>
        List(name, section, fallback, help, (options, values) =>
            set(options, new HashSet<string>(values.Count == 0 ? ["*"] : values, StringComparer.Ordinal)));

    public static Flag Urls(string name, string section, string fallback, string help, Action<ServerOptions, IReadOnlyList<Uri>> set) =>
        new(name, section, fallback, help, IsBool: false, (options, text) =>
        {
            string? refusal = EndpointUrls.TryParse(text, out IReadOnlyList<Uri> urls);
            if (refusal is null)
                set(options, urls);
            return refusal;
        });

    private static Flag Number<T>(string name, string section, T fallback, string help, Action<ServerOptions, T> set)
        where T : struct, System.Numerics.IBinaryInteger<T> =>
        new(name, section, fallback.ToString(null, CultureInfo.InvariantCulture), help, IsBool: false, (options, text) =>
        {
            if (!T.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out T value))
                return ParseError;
            set(options, value);
            return null;
        });
}
