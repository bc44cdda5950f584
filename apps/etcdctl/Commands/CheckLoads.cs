using Etcdctl.Cli;

namespace Etcdctl.Commands;

/// <summary>How hard <c>check perf</c> pushes.</summary>
internal sealed record PerfLoad(int WritesPerSecond, int Clients)
{
    public TimeSpan Duration { get; } = TimeSpan.FromSeconds(60);

    public static PerfLoad Named(string name) => name switch
    {
        "s" or "small" => new PerfLoad(150, 50),
        "m" or "medium" => new PerfLoad(1000, 200),
        "l" or "large" => new PerfLoad(8000, 500),
        "xl" or "xLarge" => new PerfLoad(15000, 1000),
        _ => throw new ExitException(ExitCode.BadFeature, $"unknown load option {name}"),
    };
}

/// <summary>How much <c>check datascale</c> stores.</summary>
internal sealed record DataScaleLoad(int Keys, int Clients)
{
    /// <summary>Key and value together, half each.</summary>
    public const int PairBytes = 1024;

    public static DataScaleLoad Named(string name) => name switch
    {
        "s" or "small" => new DataScaleLoad(10_000, 50),
        "m" or "medium" => new DataScaleLoad(100_000, 200),
        "l" or "large" => new DataScaleLoad(1_000_000, 500),
        "xl" or "xLarge" => new DataScaleLoad(3_000_000, 1000),
        _ => throw new ExitException(ExitCode.BadFeature, $"unknown load option {name}"),
    };
}
