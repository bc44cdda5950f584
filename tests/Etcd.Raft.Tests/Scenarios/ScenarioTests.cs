namespace Etcd.Raft.Tests.Scenarios;

/// <summary>Replays testdata/*.txt. Set RAFT_SCENARIO_REWRITE=1 to write what was printed into the files, then read the diff.</summary>
/// <remarks>RAFT_SCENARIO_FOLDER replays another folder instead, e.g. etcd's own files.</remarks>
public sealed class ScenarioTests
{
    private static readonly bool s_rewrite = Environment.GetEnvironmentVariable("RAFT_SCENARIO_REWRITE") == "1";

    public static TheoryData<string> Files
    {
        get
        {
            var files = new TheoryData<string>();
            foreach (string path in Directory.GetFiles(Folder(), "*.txt").Order(StringComparer.Ordinal))
                files.Add(Path.GetFileName(path));
            return files;
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Scenario_Replayed_PrintsWhatIsWritten(string file)
    {
        string path = Path.Combine(Folder(), file);
        string text = File.ReadAllText(path);
        var scenario = ScenarioFile.Parse(text);
        var cluster = new ScenarioCluster();
        List<string> outputs = [];
        foreach (ScenarioStep step in scenario.Steps)
        {
            outputs.Add(cluster.Run(step));
            if (!s_rewrite)
                Assert.True(step.Expected == outputs[^1], $"{file}:{step.Line}: {step.Input[0]}\nexpected:\n{step.Expected}\nprinted:\n{outputs[^1]}");
        }
        Assert.NotEmpty(outputs);
        if (s_rewrite)
            File.WriteAllText(path, scenario.WithOutputs(outputs));
    }

    private static string Folder()
    {
        if (Environment.GetEnvironmentVariable("RAFT_SCENARIO_FOLDER") is { Length: > 0 } other)
            return other;
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "tests", "Etcd.Raft.Tests", "testdata");
            if (Directory.Exists(candidate))
                return candidate;
        }
        throw new DirectoryNotFoundException("testdata was not found above " + AppContext.BaseDirectory);
    }
}
