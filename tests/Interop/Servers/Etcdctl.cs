using System.Diagnostics;
using System.Text.Json.Nodes;
using Etcd.TestKit;

namespace Interop.Servers;

/// <summary>Debian's etcdctl (3.4.23), pointed at one server.</summary>
internal sealed class Etcdctl(string endpoint, string? user = null)
{
    private static readonly Dictionary<string, string> s_environment = new(StringComparer.Ordinal) { ["ETCDCTL_API"] = "3" };

    public Etcdctl As(string nameAndPassword) => new(endpoint, nameAndPassword);

    /// <summary>Runs one command to its end, whatever its end.</summary>
    public ToolResult Try(params string[] arguments) => TryWithInput("", arguments);

    public ToolResult TryWithInput(string input, params string[] arguments) =>
        RealTool.Run(Path(), [.. Common(), .. arguments], input, environment: s_environment);

    /// <summary>Output of a command that must succeed.</summary>
    public string Run(params string[] arguments) => Try(arguments).Succeeded().Output;

    public string RunWithInput(string input, params string[] arguments) => TryWithInput(input, arguments).Succeeded().Output;

    public JsonNode Json(params string[] arguments) => JsonNode.Parse(Run([.. arguments, "-w", "json"]))!;

    /// <summary>Starts a command that runs until it is killed (watch, lease keep-alive).</summary>
    public Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(Path(), [.. Common(), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["ETCDCTL_API"] = "3";
        return Process.Start(start)!;
    }

    private static string Path() => RealTool.Require("etcdctl", "etcd-client");

    private string[] Common() => user is null ? ["--endpoints", endpoint] : ["--endpoints", endpoint, "--user", user];
}
