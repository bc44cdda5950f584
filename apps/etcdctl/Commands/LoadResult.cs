using System.Text;

namespace Etcdctl.Commands;

/// <summary>What a load did to the cluster, and what to think of it. Thread-safe while it fills.</summary>
internal sealed class LoadResult
{
    private const double SlowestAllowedSeconds = 0.5;
    private const double StdDevAllowedSeconds = 0.1;
    private const double LeastShareOfRate = 0.9;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, int> _errors = new(StringComparer.Ordinal);
    private readonly List<double> _seconds = [];

    public IReadOnlyDictionary<string, int> Errors => _errors;

    public TimeSpan Elapsed { get; set; }

    public void Add(TimeSpan took, string? error)
    {
        lock (_lock)
        {
            if (error is null)
                _seconds.Add(took.TotalSeconds);
            else
                _errors[error] = _errors.GetValueOrDefault(error) + 1;
        }
    }

    public string ErrorLines() =>
        "FAIL: too many errors\n" + string.Concat(_errors.Select(error => $"FAIL: ERROR({error.Key}) -> {error.Value}\n"));

    /// <summary>The lines that end <c>check perf</c>.</summary>
    public string PerfVerdict(int wantedPerSecond, out bool isFine)
    {
        double perSecond = _seconds.Count / Elapsed.TotalSeconds;
        double slowest = _seconds.DefaultIfEmpty().Max();
        double mean = _seconds.DefaultIfEmpty().Average();
        double deviation = Math.Sqrt(_seconds.Select(value => (value - mean) * (value - mean)).DefaultIfEmpty().Average());
        bool isFast = perSecond / wantedPerSecond > LeastShareOfRate;
        bool isPrompt = slowest <= SlowestAllowedSeconds;
        bool isSteady = deviation <= StdDevAllowedSeconds;
        isFine = _errors.Count == 0 && isFast && isPrompt && isSteady;

        var text = new StringBuilder();
        if (_errors.Count > 0)
            text.Append(ErrorLines());
        text.Append(isFast ? $"PASS: Throughput is {(int)perSecond + 1} writes/s\n" : $"FAIL: Throughput too low: {(int)perSecond + 1} writes/s\n");
        text.Append(isPrompt ? $"PASS: Slowest request took {slowest:0.000000}s\n" : $"Slowest request took too long: {slowest:0.000000}s\n");
        text.Append(isSteady ? $"PASS: Stddev is {deviation:0.000000}s\n" : $"Stddev too high: {deviation:0.000000}s\n");
        return text.Append(isFine ? "PASS\n" : "FAIL\n").ToString();
    }
}
