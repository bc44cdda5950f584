using Etcd.TestKit;

namespace Interop.Servers;

/// <summary>The two servers that the tests start.</summary>
internal static class EtcdProgram
{
    /// <summary>Set to the path of another server, it takes the place of ours: tests that fail against Debian's etcd are wrong.</summary>
    private const string Override = "ETCD_UNDER_TEST";

    /// <summary>Our server, built beside these tests in the same configuration.</summary>
    public static string Ours { get; } = FindOurs();

    /// <summary>Debian's etcd; skips the test where it is not installed.</summary>
    public static string Debian() => RealTool.Require("etcd", "etcd-server");

    /// <summary>The tests run against another server, so what only ours promises is not tested.</summary>
    public static bool IsOverridden => Environment.GetEnvironmentVariable(Override) is { Length: > 0 };

    private static string FindOurs()
    {
        if (IsOverridden)
            return Environment.GetEnvironmentVariable(Override)!;
        // tests/Interop/bin/<configuration>/<framework>/
        string framework = Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/'));
        string configuration = Path.GetFileName(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd('/')))!;
        string repository = Path.GetFullPath(Path.Combine(Golden.Root, "..", ".."));
        return Path.Combine(repository, "apps", "etcd", "bin", configuration, framework, "etcd");
    }
}
