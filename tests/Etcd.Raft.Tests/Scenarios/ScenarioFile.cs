using System.Text;

namespace Etcd.Raft.Tests.Scenarios;

/// <summary>One <c>key</c>, <c>key=value</c> or <c>key=(value,value)</c> of a command line.</summary>
internal sealed record ScenarioArgument(string Key, IReadOnlyList<string> Values);

/// <summary>One command line.</summary>
internal sealed record ScenarioCommand(string Name, IReadOnlyList<ScenarioArgument> Arguments)
{
    /// <summary>Splits at blanks outside parentheses.</summary>
    public static ScenarioCommand Parse(string line)
    {
        List<string> words = [];
        var word = new StringBuilder();
        int depth = 0;
        foreach (char c in line + " ")
        {
            depth += c == '(' ? 1 : c == ')' ? -1 : 0;
            if (c != ' ' || depth > 0)
                word.Append(c);
            else if (word.Length > 0)
            {
                words.Add(word.ToString());
                word.Clear();
            }
        }
        return new ScenarioCommand(words[0], [.. words.Skip(1).Select(ParseArgument)]);
    }

    private static ScenarioArgument ParseArgument(string word)
    {
        int equals = word.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
            return new ScenarioArgument(word, []);
        string value = word[(equals + 1)..];
        bool isList = value.StartsWith('(') && value.EndsWith(')');
        return new ScenarioArgument(word[..equals], isList ? value[1..^1].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) : [value]);
    }
}

/// <summary>A command with what it must print.</summary>
/// <param name="Preamble">Comments and blank lines before it.</param>
/// <param name="Input">Its lines, the first of which is the command.</param>
/// <param name="Line">Where it begins, from 1.</param>
internal sealed record ScenarioStep(string Preamble, IReadOnlyList<string> Input, string Expected, int Line);

/// <summary>A text file in the format of Go's datadriven package, in which etcd's own raft scenarios are written.</summary>
/// <remarks><code>
/// # comment
/// command arguments
/// more input
/// ----
/// expected output, up to a blank line
/// </code>
/// Output with a blank line in it is enclosed by doubled <c>----</c> lines.</remarks>
internal sealed class ScenarioFile
{
    private const string Separator = "----";

    public required IReadOnlyList<ScenarioStep> Steps { get; init; }

    /// <summary>Comments after the last step.</summary>
    public required string Trailer { get; init; }

    public static ScenarioFile Parse(string text)
    {
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        List<ScenarioStep> steps = [];
        var preamble = new StringBuilder();
        int at = 0;
        while (at < lines.Length)
        {
            if (lines[at].Trim().Length == 0 || lines[at].StartsWith('#'))
            {
                preamble.Append(lines[at++]).Append('\n');
                continue;
            }
            int first = at;
            List<string> input = [];
            while (lines[at] != Separator)
                input.Add(lines[at++]);
            at++;
            string expected = ReadExpected(lines, ref at);
            steps.Add(new ScenarioStep(preamble.ToString(), input, expected, first + 1));
            preamble.Clear();
        }
        return new ScenarioFile { Steps = steps, Trailer = preamble.ToString().TrimEnd('\n') };
    }

    /// <summary>The file with the outputs replaced.</summary>
    public string WithOutputs(IReadOnlyList<string> outputs)
    {
        var text = new StringBuilder();
        for (int i = 0; i < Steps.Count; i++)
        {
            text.Append(Steps[i].Preamble).AppendJoin('\n', Steps[i].Input).Append('\n').Append(Separator).Append('\n');
            if (outputs[i].Contains("\n\n", StringComparison.Ordinal))
                text.Append(Separator).Append('\n').Append(outputs[i]).Append(Separator).Append('\n').Append(Separator).Append('\n');
            else
                text.Append(outputs[i]);
        }
        return text.Append(Trailer.Length > 0 ? Trailer + "\n" : "").ToString();
    }

    private static string ReadExpected(string[] lines, ref int at)
    {
        var expected = new StringBuilder();
        bool isEnclosed = at < lines.Length && lines[at] == Separator;
        if (isEnclosed)
            at++;
        while (at < lines.Length && (isEnclosed ? lines[at] != Separator : lines[at].Length > 0))
            expected.Append(lines[at++]).Append('\n');
        at += isEnclosed ? 2 : 0;
        return expected.ToString();
    }
}
