using System.Text;

namespace Etcd.Raft.Tests.Scenarios;

/// <summary>Everything a scenario prints: raft's log lines from a level on, and the harness' own lines.</summary>
internal sealed class ScenarioOutput : IRaftLogger
{
    private static readonly string[] s_levels = ["DEBUG", "INFO", "WARN", "ERROR", "FATAL", "NONE"];

    private StringBuilder _text = new();

    /// <summary>Index into the level names.</summary>
    public int Level { get; set; }

    /// <summary>Nothing but errors is printed, not even by the harness.</summary>
    public bool IsQuiet => Level == s_levels.Length - 1;

    public bool IsEnabled(RaftLogLevel level) => (int)level >= Level;

    public void Write(RaftLogLevel level, string line) => Print($"{s_levels[(int)level]} {line}\n");

    public void Print(string text)
    {
        if (!IsQuiet)
            _text.Append(text);
    }

    /// <summary>Prints what <paramref name="action"/> prints two columns further right.</summary>
    public void Indented(Action action)
    {
        StringBuilder outer = _text;
        _text = new StringBuilder();
        action();
        foreach (string line in _text.ToString().TrimEnd('\n').Split('\n'))
            outer.Append(line.Length > 0 || _text.Length > 0 ? $"  {line}\n" : "");
        _text = outer;
    }

    public void SetLevel(string name)
    {
        int level = Array.FindIndex(s_levels, known => known.Equals(name, StringComparison.OrdinalIgnoreCase));
        Level = level >= 0 ? level : throw new ScenarioException($"log levels must be either of [{string.Join(' ', s_levels)}]");
    }

    public string Take()
    {
        string text = _text.ToString();
        _text.Clear();
        return text;
    }
}
