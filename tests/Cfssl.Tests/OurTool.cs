using System.Text;
using Etcd.Pki.Tools;
using Etcd.TestKit;

namespace Cfssl.Tests;

/// <summary>Runs our programs: inside the test for speed, or as processes of their own.</summary>
internal static class OurTool
{
    public static ToolResult Cfssl(params string[] arguments) => CfsslWithInput("", arguments);

    public static ToolResult CfsslWithInput(string input, params string[] arguments) =>
        Run(console => CfsslProgram.RunAsync(arguments, console, TestContext.Current.CancellationToken).GetAwaiter().GetResult(), input);

    public static ToolResult SplitJson(string input, params string[] arguments) =>
        Run(console => global::Cfssljson.CfssljsonProgram.Run(arguments, console), input);

    /// <summary>The built program, for pipes and signals.</summary>
    public static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, name);

    private static ToolResult Run(Func<ToolConsole, int> program, string input)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(input));
        int exitCode = program(new ToolConsole(stream, output, error, TimeProvider.System, IsInteractive: false));
        return new ToolResult(exitCode, output.ToString(), error.ToString());
    }
}
