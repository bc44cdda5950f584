using Etcd.Foundation;
using Etcdctl.Text;

namespace Etcdctl.Cli;

internal enum FlagKind
{
    Text,
    Bool,
    Number,
    Duration,
    List,
}

/// <summary>One flag: its definition and, after parsing, its value.</summary>
internal sealed class Flag
{
    private readonly string _type;

    private Flag(FlagKind kind, string type, string name, string value, string usage, char shorthand)
    {
        Kind = kind;
        _type = type;
        Name = name;
        DefaultText = value;
        Value = value;
        Usage = usage;
        Shorthand = shorthand;
    }

    public FlagKind Kind { get; }

    public string Name { get; }

    /// <summary>One letter, or zero if there is none.</summary>
    public char Shorthand { get; }

    public string Usage { get; }

    /// <summary>The value as text; lists are comma separated.</summary>
    public string Value { get; private set; }

    /// <summary>Set on the command line or, later, from the environment.</summary>
    public bool IsChanged { get; private set; }

    public string DefaultText { get; }

    /// <summary>What the flag means when it stands without a value; null if it needs one.</summary>
    public string? ValueIfAlone => Kind == FlagKind.Bool ? "true" : null;

    public static Flag Text(string name, string value, string usage, char shorthand = '\0') => new(FlagKind.Text, "string", name, value, usage, shorthand);

    public static Flag Bool(string name, bool value, string usage, char shorthand = '\0') => new(FlagKind.Bool, "", name, value ? "true" : "false", usage, shorthand);

    /// <param name="type">The word in the help text: <c>int</c>, <c>int64</c> or <c>uint</c>.</param>
    public static Flag Number(string name, long value, string usage, string type = "int") => new(FlagKind.Number, type, name, value.ToString(), usage, '\0');

    public static Flag Duration(string name, TimeSpan value, string usage) => new(FlagKind.Duration, "duration", name, GoDuration.Format(value), usage, '\0');

    public static Flag List(string name, string value, string usage) => new(FlagKind.List, "strings", name, value, usage, '\0');

    /// <summary>Takes a value.</summary>
    /// <returns>Null, or Go's complaint about the value.</returns>
    public string? TrySet(string value)
    {
        string? problem = Check(value);
        if (problem is not null)
            return problem;
        // A repeated list flag adds to what the command line gave before.
        Value = Kind == FlagKind.List && IsChanged ? Value + "," + value : value;
        IsChanged = true;
        return null;
    }

    /// <summary>How the flag is called in error messages.</summary>
    public string Title => Shorthand == '\0' ? $"--{Name}" : $"-{Shorthand}, --{Name}";

    /// <summary>The left column of the help text, without indentation.</summary>
    public string HelpTitle => (Shorthand == '\0' ? "    " : $"-{Shorthand}, ") + $"--{Name}" + (_type.Length > 0 ? " " + _type : "");

    /// <summary>The right column of the help text.</summary>
    public string HelpText => Kind switch
    {
        FlagKind.Text when DefaultText.Length > 0 => $"{Usage} (default {GoString.Quote(DefaultText)})",
        FlagKind.Bool when DefaultText == "true" => $"{Usage} (default true)",
        FlagKind.Number when DefaultText != "0" => $"{Usage} (default {DefaultText})",
        FlagKind.Duration when DefaultText != "0s" => $"{Usage} (default {DefaultText})",
        FlagKind.List when DefaultText.Length > 0 => $"{Usage} (default [{DefaultText}])",
        _ => Usage,
    };

    private string? Check(string value) => Kind switch
    {
        FlagKind.Bool => GoNumber.TryParseBool(value, out _) ? null : $"strconv.ParseBool: parsing {GoString.Quote(value)}: invalid syntax",
        FlagKind.Number => GoNumber.ParseProblem(value, autoBase: true),
        FlagKind.Duration => GoDuration.TryParse(value, out _) ? null : DurationProblem(value),
        _ => null,
    };

    private static string DurationProblem(string value)
    {
        string quoted = GoString.Quote(value);
        ReadOnlySpan<char> body = value.AsSpan().TrimStart("+-");
        int unit = body.IndexOfAnyExcept("0123456789.");
        if (body.IsEmpty || unit == 0)
            return $"time: invalid duration {quoted}";
        return unit < 0
            ? $"time: missing unit in duration {quoted}"
            : $"time: unknown unit {GoString.Quote(body[unit..].ToString().TrimEnd("0123456789.".ToCharArray()))} in duration {quoted}";
    }
}
