using System.Globalization;
using Etcd.Pki.Errors;
using Etcd.Pki.Text;

namespace Etcd.Pki.Tools;

/// <summary>What a command line means by the rules of Go's flag package: <c>-name value</c>, <c>-name=value</c>, two dashes work too,
/// flags end at the first argument or at <c>--</c>.</summary>
public sealed class GoFlagSet
{
    private readonly Dictionary<string, Flag> _flags = new(StringComparer.Ordinal);

    private enum Kind
    {
        Text,
        Switch,
        Integer,
        Duration,
    }

    private sealed record Flag(Kind Kind, string Help, string Default)
    {
        public string Value { get; set; } = Default;
    }

    /// <summary>The flags that were given on the command line.</summary>
    public ISet<string> Given { get; } = new HashSet<string>(StringComparer.Ordinal);

    public GoFlagSet Text(string name, string help, string defaultValue = "") => Add(name, Kind.Text, help, defaultValue);

    public GoFlagSet Switch(string name, string help) => Add(name, Kind.Switch, help, "false");

    public GoFlagSet Integer(string name, string help, int defaultValue) =>
        Add(name, Kind.Integer, help, defaultValue.ToString(CultureInfo.InvariantCulture));

    public GoFlagSet Duration(string name, string help, GoDuration defaultValue) => Add(name, Kind.Duration, help, defaultValue.ToString());

    public string TextOf(string name) => _flags[name].Value;

    public bool IsOn(string name) => _flags[name].Value == "true";

    public int IntegerOf(string name) => int.Parse(_flags[name].Value, CultureInfo.InvariantCulture);

    public GoDuration DurationOf(string name) => GoDuration.Parse(_flags[name].Value);

    /// <summary>One line per flag: <c>  -name=default: what it is</c>.</summary>
    public string Describe(IEnumerable<string> names) =>
        string.Concat(names.Select(name => $"  -{name}={(_flags[name].Default.Length == 0 ? "\"\"" : _flags[name].Default)}: {_flags[name].Help}\n"));

    /// <summary>Reads the flags in front.</summary>
    /// <returns>The arguments behind the flags.</returns>
    /// <exception cref="GoFlagException">A flag is wrong, or help was asked for.</exception>
    public IReadOnlyList<string> Parse(IReadOnlyList<string> arguments)
    {
        int next = 0;
        while (next < arguments.Count)
        {
            string argument = arguments[next];
            if (argument.Length < 2 || argument[0] != '-')
                break;
            next++;
            if (argument == "--")
                break;
            ReadFlag(argument, arguments, ref next);
        }
        return [.. arguments.Skip(next)];
    }

    private void ReadFlag(string argument, IReadOnlyList<string> arguments, ref int next)
    {
        string name = argument[(argument[1] == '-' ? 2 : 1)..];
        if (name.Length == 0 || name[0] is '-' or '=')
            throw new GoFlagException($"bad flag syntax: {argument}");
        int equals = name.IndexOf('=', StringComparison.Ordinal);
        string? value = equals < 0 ? null : name[(equals + 1)..];
        name = equals < 0 ? name : name[..equals];
        if (!_flags.TryGetValue(name, out Flag? flag))
            throw name is "h" or "help" ? GoFlagException.HelpAsked : new GoFlagException($"flag provided but not defined: -{name}");
        Given.Add(name);
        if (flag.Kind == Kind.Switch)
        {
            flag.Value = value is null ? "true" : ReadSwitch(name, value);
            return;
        }
        if (value is null)
        {
            if (next >= arguments.Count)
                throw new GoFlagException($"flag needs an argument: -{name}");
            value = arguments[next++];
        }
        Check(name, flag.Kind, value);
        flag.Value = value;
    }

    private static string ReadSwitch(string name, string value) => value switch
    {
        "1" or "t" or "T" or "TRUE" or "true" or "True" => "true",
        "0" or "f" or "F" or "FALSE" or "false" or "False" => "false",
        _ => throw new GoFlagException($"invalid boolean value {GoJsonWriter.Quote(value)} for -{name}: parse error"),
    };

    private static void Check(string name, Kind kind, string value)
    {
        bool isFine = kind switch
        {
            Kind.Integer => int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
            Kind.Duration => IsDuration(value),
            _ => true,
        };
        if (!isFine)
            throw new GoFlagException($"invalid value {GoJsonWriter.Quote(value)} for flag -{name}: parse error");
    }

    private static bool IsDuration(string value)
    {
        try
        {
            GoDuration.Parse(value);
            return true;
        }
        catch (PkiException)
        {
            return false;
        }
    }

    private GoFlagSet Add(string name, Kind kind, string help, string defaultValue)
    {
        _flags.Add(name, new Flag(kind, help, defaultValue));
        return this;
    }
}

/// <summary>The command line is wrong (exit code 2), or it asks for help.</summary>
public sealed class GoFlagException(string message) : Exception(message)
{
    /// <summary><c>-h</c> or <c>-help</c> was given: print the usage, exit code 0.</summary>
    public static GoFlagException HelpAsked { get; } = new("flag: help requested");

    public bool IsHelp => ReferenceEquals(this, HelpAsked);
}
