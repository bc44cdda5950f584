using System.Text;

namespace Etcd.Store.Tests.Mvcc.Scenarios;

/// <summary>Replays tests/Etcd.Store.Tests/testdata/*.txt. Set STORE_SCENARIO_REWRITE=1 to write what was printed into the files,
/// then read the diff.</summary>
/// <remarks><code>
/// # why
/// command; command
/// command
/// ----
/// one or more lines of output per command
/// </code>
/// A blank line ends the output. The store lives for the whole file.</remarks>
public class ScenarioTests
{
    private static readonly bool s_rewrite = Environment.GetEnvironmentVariable("STORE_SCENARIO_REWRITE") == "1";

    public static TheoryData<string> Files()
    {
        var files = new TheoryData<string>();
        foreach (string path in Directory.GetFiles(Folder(), "*.txt").Order(StringComparer.Ordinal))
            files.Add(Path.GetFileName(path));
        return files;
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Scenario_Replayed_PrintsWhatIsWritten(string file)
    {
        string path = Path.Combine(Folder(), file);
        string[] lines = File.ReadAllLines(path);
        var rewritten = new StringBuilder();
        using var scenario = new StoreScenario();
        int steps = 0;
        for (int at = 0; at < lines.Length;)
        {
            if (lines[at].Length == 0 || lines[at].StartsWith('#'))
            {
                rewritten.Append(lines[at++]).Append('\n');
                continue;
            }
            int first = at;
            var output = new StringBuilder();
            for (; lines[at] != "----"; at++)
            {
                rewritten.Append(lines[at]).Append('\n');
                foreach (string command in lines[at].Split(';', StringSplitOptions.TrimEntries))
                    output.Append(scenario.Run(command)).Append('\n');
            }
            at++;
            var expected = new StringBuilder();
            for (; at < lines.Length && lines[at].Length > 0; at++)
                expected.Append(lines[at]).Append('\n');
            if (!s_rewrite)
                Assert.True(expected.Equals(output), $"{file}:{first + 1}: {lines[first]}\nexpected:\n{expected}\nprinted:\n{output}");
            rewritten.Append("----\n").Append(output);
            steps++;
        }
        Assert.NotEqual(0, steps);
        if (s_rewrite)
            File.WriteAllText(path, rewritten.ToString());
    }

    private static string Folder()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "tests", "Etcd.Store.Tests", "testdata");
            if (Directory.Exists(candidate))
                return candidate;
        }
        throw new DirectoryNotFoundException("testdata was not found above " + AppContext.BaseDirectory);
    }
}
