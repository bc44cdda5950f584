using System.Text.RegularExpressions;

namespace Cfssl.Tests;

/// <summary>What a run of cfssl says on stderr, without what differs by nature: time stamps, serial numbers, our hints.</summary>
internal static partial class StderrLines
{
    public static string Of(string error)
    {
        IEnumerable<string> lines = error.Split('\n').Where(static line => !line.StartsWith("hint: ", StringComparison.Ordinal));
        return SerialNumber().Replace(Stamp().Replace(string.Join('\n', lines), ""), "serial number N");
    }

    [GeneratedRegex(@"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d ", RegexOptions.None, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Stamp();

    [GeneratedRegex(@"serial number \d+", RegexOptions.None, matchTimeoutMilliseconds: 5000)]
    private static partial Regex SerialNumber();
}
