using System.Diagnostics;
using Etcd.TestKit;
using Etcdctl.Text;

namespace Etcdctl.Tests.Real;

/// <summary>Runs Debian's etcdctl.</summary>
internal static class RealEtcdctl
{
    public static async Task<ToolResult> RunAsync(string input, params string[] arguments)
    {
        var start = new ProcessStartInfo(RealTool.Require("etcdctl", "etcd-client"), arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ETCDCTL_API"] = "3";
        using Process process = Process.Start(start)!;
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        Task copying = Task.WhenAll(process.StandardOutput.BaseStream.CopyToAsync(output), process.StandardError.BaseStream.CopyToAsync(error));
        await process.StandardInput.BaseStream.WriteAsync(GoString.Encode(input));
        process.StandardInput.Close();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        await copying;
        return new ToolResult(process.ExitCode, GoString.Decode(output.ToArray()), GoString.Decode(error.ToArray()));
    }
}
