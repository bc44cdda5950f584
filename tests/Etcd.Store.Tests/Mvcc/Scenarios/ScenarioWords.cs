using System.Globalization;
using System.Text;
using Google.Protobuf;

namespace Etcd.Store.Tests.Mvcc.Scenarios;

/// <summary>One command: a name, plain words, and options <c>name=value</c> or <c>name</c>. <c>\0</c> is a zero byte and
/// <c>''</c> nothing.</summary>
internal sealed class ScenarioWords
{
    private static readonly string[] s_flags =
    [
        "prev", "ignore-value", "ignore-lease", "keys-only", "count-only", "progress", "no-put", "no-delete", "fragment",
    ];

    private readonly Dictionary<string, string> _options = new(StringComparer.Ordinal);

    public ScenarioWords(string command)
    {
        string[] words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Name = words[0];
        foreach (string word in words.Skip(1))
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
                _options[word[..equals]] = word[(equals + 1)..];
            else if (s_flags.Contains(word))
                _options[word] = "";
            else
                Words.Add(word);
        }
    }

    public string Name { get; }

    public List<string> Words { get; } = [];

    public ByteString Bytes(int index) => index < Words.Count ? Decode(Words[index]) : ByteString.Empty;

    public bool Has(string option) => _options.ContainsKey(option);

    public long Number(string option) => _options.TryGetValue(option, out string? text) ? long.Parse(text, CultureInfo.InvariantCulture) : 0;

    public long Number(int index) => long.Parse(Words[index], CultureInfo.InvariantCulture);

    public string Text(string option, string otherwise) => _options.GetValueOrDefault(option, otherwise);

    public static ByteString Decode(string word) =>
        word == "''" ? ByteString.Empty : ByteString.CopyFrom(word.Replace("\\0", "\0", StringComparison.Ordinal), Encoding.Latin1);

    public static string Encode(ByteString bytes) =>
        bytes.IsEmpty ? "''" : bytes.ToString(Encoding.Latin1).Replace("\0", "\\0", StringComparison.Ordinal);
}
