using Etcdctl.Cli;
using Etcdctl.Text;

namespace Etcdctl.Commands;

/// <summary>Splits a line of an interactive command into words, as a shell would do for simple lines.</summary>
internal static class WordSplitter
{
    /// <summary>Words end at spaces; <c>'…'</c> is taken as it stands, <c>"…"</c> with Go's escapes.</summary>
    /// <exception cref="ExitException">A double-quoted word has a bad escape.</exception>
    public static List<string> Split(string line)
    {
        List<string> words = [];
        int at = 0;
        while (at < line.Length)
        {
            if (char.IsWhiteSpace(line[at]))
                at++;
            else if (line[at] == '"' && EndOfDoubleQuoted(line, at) is var end and > 0)
                words.Add(Unquote(line[at..end], ref at, end));
            else if (line[at] == '\'' && line.IndexOf('\'', at + 1) is var quote and > 0)
                words.Add(Take(line[(at + 1)..quote], ref at, quote + 1));
            else
                words.Add(Plain(line, ref at));
        }
        return words;
    }

    private static string Unquote(string quoted, ref int at, int end)
    {
        at = end;
        if (!GoString.TryUnquote(quoted, out string word, out _))
            throw new ExitException(ExitCode.InvalidInput, $"bad quoted string {quoted}");
        return word;
    }

    private static string Take(string word, ref int at, int end)
    {
        at = end;
        return word;
    }

    // A quote without an end, or inside a word, is an ordinary letter.
    private static string Plain(string line, ref int at)
    {
        int start = at;
        while (at < line.Length && !char.IsWhiteSpace(line[at]))
            at++;
        return line[start..at];
    }

    private static int EndOfDoubleQuoted(string line, int start)
    {
        for (int i = start + 1; i < line.Length; i++)
        {
            if (line[i] == '\\')
                i++;
            else if (line[i] == '"')
                return i + 1;
        }
        return -1;
    }
}
