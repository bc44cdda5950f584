using Etcd.Foundation.Logging;
using Etcd.Hosting.Configuration;

namespace Etcd.Hosting;

/// <summary>Opens the outputs that <c>--log-outputs</c> names.</summary>
public static class LogSetup
{
    /// <exception cref="IOException">A log file cannot be opened.</exception>
    public static Logger Open(ServerOptions options)
    {
        Stream[] outputs = [.. options.LogOutputs.Select(OpenOutput)];
        return new Logger(new ZapSink(outputs, options.LogFormat == "console"), options.LogLevel, TimeProvider.System);
    }

    private static Stream OpenOutput(string name) => name switch
    {
        "default" or "stderr" => Console.OpenStandardError(),
        "stdout" => Console.OpenStandardOutput(),
        _ => new FileStream(name, FileMode.Append, FileAccess.Write, FileShare.ReadWrite),
    };
}
