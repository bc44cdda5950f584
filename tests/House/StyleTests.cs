using System.Text.RegularExpressions;

namespace House;

/// <summary>House rules that analyzers cannot say.</summary>
public sealed partial class StyleTests
{
    /// <summary>A file beyond this is two ideas, or a table that should be data.</summary>
    private const int MaxLines = 700;

    [Fact]
    public void Sources_Length_FitsAReader() =>
        Assert.Empty(Sources().Where(static path => File.ReadLines(path).Count() > MaxLines).Select(Relative));

    [Fact]
    public void Types_Names_SayWhatTheyAre() =>
        Assert.Empty(Sources().SelectMany(static path => VagueType().Matches(File.ReadAllText(path)).Select(match => $"{Relative(path)}: {match.Value}")));

    /// <summary>Where the same input must give the same output on every member and in every replay.</summary>
    [Theory]
    [InlineData("src/Etcd.Raft")]
    [InlineData("src/Etcd.Store/Mvcc")]
    [InlineData("src/Etcd.Store/Lease")]
    [InlineData("src/Etcd.Store/Auth")]
    [InlineData("src/Etcd.Store/Membership")]
    [InlineData("src/Etcd.Store/V2")]
    [InlineData("src/Etcd.Store/Alarms")]
    [InlineData("src/Etcd.Store/Apply")]
    public void DeterministicRooms_Sources_KnowNoClockThreadOrChance(string room) =>
        Assert.Empty(Repository.Sources(room).SelectMany(static path =>
            Impurity().Matches(WithoutComments(File.ReadAllText(path))).Select(match => $"{Relative(path)}: {match.Value}")));

    private static IEnumerable<string> Sources() => new[] { "src", "apps" }.SelectMany(Repository.Sources);

    private static string Relative(string path) => Path.GetRelativePath(Repository.Root, path);

    private static string WithoutComments(string source) => Comment().Replace(source, "");

    [GeneratedRegex(@"\b(class|struct|record|interface|enum)\s+\w*(Utils?|Helpers?|Manager|Common|Impl)\b", RegexOptions.ExplicitCapture)]
    private static partial Regex VagueType();

    [GeneratedRegex(@"\b(DateTime(Offset)?\.(Utc)?Now|Stopwatch|Random\.Shared|new Random\b|Task\.|Thread\.|async |RandomNumberGenerator|Environment\.TickCount)", RegexOptions.ExplicitCapture)]
    private static partial Regex Impurity();

    [GeneratedRegex(@"//[^\n]*")]
    private static partial Regex Comment();
}
