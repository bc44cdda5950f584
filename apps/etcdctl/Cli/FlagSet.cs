using Etcd.Foundation;
using Etcdctl.Text;

namespace Etcdctl.Cli;

/// <summary>The flags that one command knows, and the positional arguments left when they are taken out.</summary>
internal sealed class FlagSet
{
    private readonly SortedDictionary<string, Flag> _flags = new(StringComparer.Ordinal);
    private readonly List<string> _arguments = [];

    /// <summary>By name.</summary>
    public IEnumerable<Flag> All => _flags.Values;

    public IReadOnlyList<string> Arguments => _arguments;

    /// <summary>Number of arguments before <c>--</c>; −1 if there was none.</summary>
    public int ArgumentsBeforeDash { get; private set; } = -1;

    public void Add(Flag flag) => _flags.Add(flag.Name, flag);

    public void Add(params ReadOnlySpan<Flag> flags)
    {
        foreach (Flag flag in flags)
            Add(flag);
    }

    public void AddAll(FlagSet other)
    {
        foreach (Flag flag in other.All)
            _flags.TryAdd(flag.Name, flag);
    }

    public Flag? Find(string name) => _flags.GetValueOrDefault(name);

    public Flag? FindShorthand(char letter) => _flags.Values.FirstOrDefault(flag => flag.Shorthand == letter);

    public string Text(string name) => _flags[name].Value;

    public bool IsOn(string name)
    {
        _ = GoNumber.TryParseBool(_flags[name].Value, out bool value);
        return value;
    }

    public long Number(string name) => GoNumber.Parse(_flags[name].Value, autoBase: true);

    public TimeSpan Duration(string name)
    {
        _ = GoDuration.TryParse(_flags[name].Value, out TimeSpan value);
        return value;
    }

    public IReadOnlyList<string> List(string name)
    {
        string value = _flags[name].Value;
        return value.Length == 0 ? [] : value.Split(',');
    }

    public bool IsChanged(string name) => _flags[name].IsChanged;

    /// <summary>Parses in the manner of pflag: flags and arguments in any order, <c>--</c> ends the flags.</summary>
    /// <exception cref="UsageException">An unknown flag, a missing or a bad value.</exception>
    public void Parse(IReadOnlyList<string> words)
    {
        int next = 0;
        while (next < words.Count)
        {
            string word = words[next++];
            if (word.Length < 2 || word[0] != '-')
            {
                _arguments.Add(word);
            }
            else if (word == "--")
            {
                ArgumentsBeforeDash = _arguments.Count;
                _arguments.AddRange(words.Skip(next));
                return;
            }
            else if (word[1] == '-')
            {
                ParseLong(word, words, ref next);
            }
            else
            {
                ParseShort(word, words, ref next);
            }
        }
    }

    private void ParseLong(string word, IReadOnlyList<string> words, ref int next)
    {
        string name = word[2..];
        int equals = name.IndexOf('=');
        string? value = equals < 0 ? null : name[(equals + 1)..];
        if (equals >= 0)
            name = name[..equals];
        if (name.Length == 0 || name[0] == '-')
            throw new UsageException($"bad flag syntax: {word}");
        Flag flag = Find(name) ?? throw (name == "help" ? new HelpRequestedException() : new UsageException($"unknown flag: --{name}"));
        value ??= flag.ValueIfAlone;
        if (value is null)
        {
            if (next >= words.Count)
                throw new UsageException($"flag needs an argument: {word}");
            value = words[next++];
        }
        Set(flag, value);
    }

    private void ParseShort(string word, IReadOnlyList<string> words, ref int next)
    {
        for (int i = 1; i < word.Length; i++)
        {
            char letter = word[i];
            Flag flag = FindShorthand(letter)
                ?? throw (letter == 'h' ? new HelpRequestedException() : new UsageException($"unknown shorthand flag: '{letter}' in {word}"));
            string rest = word[(i + 1)..];
            if (rest.StartsWith('=') && rest.Length > 1)
            {
                Set(flag, rest[1..]);
                return;
            }
            if (flag.ValueIfAlone is { } alone)
            {
                Set(flag, alone);
                continue;
            }
            if (rest.Length > 0)
            {
                Set(flag, rest);
                return;
            }
            if (next >= words.Count)
                throw new UsageException($"flag needs an argument: '{letter}' in {word}");
            Set(flag, words[next++]);
        }
    }

    private static void Set(Flag flag, string value)
    {
        if (flag.TrySet(value) is { } problem)
            throw new UsageException($"invalid argument {GoString.Quote(value)} for \"{flag.Title}\" flag: {problem}");
    }
}

/// <summary>A command line that cannot be understood; the usage text follows the message.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary><c>--help</c> or <c>-h</c> stands in the command line.</summary>
internal sealed class HelpRequestedException : Exception;
