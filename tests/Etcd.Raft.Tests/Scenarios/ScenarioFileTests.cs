namespace Etcd.Raft.Tests.Scenarios;

public sealed class ScenarioFileTests
{
    private const string Text = "# why\n\nstabilize 1 2\nmore input\n----\nok\n\n# next\nstatus 1\n----\n----\na\n\nb\n----\n----\n\n# end\n";

    [Fact]
    public void Parse_File_SplitsStepsAndKeepsComments()
    {
        var file = ScenarioFile.Parse(Text);

        Assert.Equal(["stabilize 1 2", "more input"], file.Steps[0].Input);
        Assert.Equal(("ok\n", 3), (file.Steps[0].Expected, file.Steps[0].Line));
        Assert.Equal("a\n\nb\n", file.Steps[1].Expected);
    }

    [Fact]
    public void WithOutputs_SameOutputs_GivesTheSameFile()
    {
        var file = ScenarioFile.Parse(Text);

        Assert.Equal(Text, file.WithOutputs([.. file.Steps.Select(step => step.Expected)]));
    }

    [Fact]
    public void Command_ListArguments_AreSplit()
    {
        var command = ScenarioCommand.Parse("add-nodes 3 voters=(1, 2,3) index=10");

        Assert.Equal(("add-nodes", "3"), (command.Name, command.Arguments[0].Key));
        Assert.Equal(["1", "2", "3"], command.Arguments[1].Values);
        Assert.Equal(["10"], command.Arguments[2].Values);
    }
}
