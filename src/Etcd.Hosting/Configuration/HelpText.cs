using System.Text;

namespace Etcd.Hosting.Configuration;

/// <summary>Prints the usage from the flag table.</summary>
public static class HelpText
{
    private const string Usage = """
        Usage:

          etcd [flags]
            Start an etcd server.

          etcd --version
            Show the version of etcd.

          etcd -h | --help
            Show the help information about etcd.

        """;

    public static string Print()
    {
        var text = new StringBuilder(Usage);
        foreach (IGrouping<string, Flag> section in FlagTable.All.GroupBy(static f => f.Section))
        {
            text.Append('\n').Append(section.Key).Append(":\n");
            foreach (Flag flag in section)
                text.Append("  --").Append(flag.Name).Append(" '").Append(flag.Default).Append("'\n    ").Append(flag.Help).Append('\n');
        }
        return text.ToString();
    }
}
