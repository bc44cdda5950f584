using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace House;

/// <summary>The project files say what docs/architecture.md says.</summary>
public sealed partial class ArrowTests
{
    [Fact]
    public void Rooms_ProjectReferences_EqualTheTableInTheDocument()
    {
        IEnumerable<string> documented = DocumentedRooms().Select(static r => $"{r.Key} → {string.Join(", ", r.Value)}");
        IEnumerable<string> actual = ProjectRooms().Select(static r => $"{r.Key} → {string.Join(", ", r.Value)}");
        Assert.Equal(documented.Order(StringComparer.Ordinal), actual.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Rooms_FollowedAlongTheArrows_NeverComeBack()
    {
        SortedDictionary<string, string[]> rooms = ProjectRooms();
        foreach (string room in rooms.Keys)
            Assert.DoesNotContain(room, Reachable(rooms, room));
    }

    private static HashSet<string> Reachable(SortedDictionary<string, string[]> rooms, string start)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var toVisit = new Stack<string>(rooms[start]);
        while (toVisit.TryPop(out string? room))
        {
            if (seen.Add(room))
                rooms[room].ToList().ForEach(toVisit.Push);
        }
        return seen;
    }

    private static SortedDictionary<string, string[]> DocumentedRooms()
    {
        var rooms = new SortedDictionary<string, string[]>(StringComparer.Ordinal);
        foreach (Match row in TableRow().Matches(File.ReadAllText(Repository.Combine("docs/architecture.md"))))
        {
            string uses = row.Groups["uses"].Value.Trim();
            rooms.Add(row.Groups["room"].Value, uses == "–" ? [] : [.. uses.Split(", ").Order(StringComparer.Ordinal)]);
        }
        return rooms;
    }

    private static SortedDictionary<string, string[]> ProjectRooms()
    {
        var rooms = new SortedDictionary<string, string[]>(StringComparer.Ordinal);
        foreach (string project in Directory.EnumerateFiles(Repository.Combine("src"), "*.csproj", SearchOption.AllDirectories))
        {
            rooms.Add(
                Path.GetFileNameWithoutExtension(project),
                [.. XDocument.Load(project).Descendants("ProjectReference")
                    .Select(static r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value))
                    .Order(StringComparer.Ordinal)]);
        }
        return rooms;
    }

    [GeneratedRegex(@"^\| (?<room>Etcd\.[\w.]+) \|[^|]*\| (?<uses>[^|]*) \|$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex TableRow();
}
