using System.Collections.Concurrent;
using Etcd.Foundation.Metrics;

namespace Etcd.Api;

/// <summary>What the API counts beside the <c>grpc_server_*</c> family.</summary>
public sealed class ApiMetrics
{
    /// <summary>Clients name their version as they like; beyond this many names all are counted as one.</summary>
    private const int MaxClientVersions = 100;

    private const string UnknownVersion = "unknown";

    private readonly MetricFamily<Counter> _clientRequests;
    private readonly ConcurrentDictionary<(string Kind, string Version), Counter> _byVersion = new();

    public ApiMetrics(MetricRegistry registry)
    {
        _clientRequests = registry.AddCounterFamily(
            "etcd_server_client_requests_total", "Calls by kind and by the API version their client names.", "type", "client_api_version");
        HealthSuccess = registry.AddCounter("etcd_server_health_success", "Health checks that found the server healthy.");
        HealthFailures = registry.AddCounter("etcd_server_health_failures", "Health checks that found something wrong.");
        HealthCheck = registry.AddGaugeFamily("etcd_server_healthcheck", "Result of the last check of each kind: 1 is well, 0 is not.", "type", "name");
        HealthChecks = registry.AddCounterFamily("etcd_server_healthchecks_total", "Checks of each kind, by result.", "type", "name", "status");
        StreamFailures = registry.AddCounterFamily("etcd_network_server_stream_failures_total", "Client streams that failed locally.", "Type", "API");
    }

    internal Counter HealthSuccess { get; }

    internal Counter HealthFailures { get; }

    internal MetricFamily<Gauge> HealthCheck { get; }

    internal MetricFamily<Counter> HealthChecks { get; }

    internal MetricFamily<Counter> StreamFailures { get; }

    internal void CountClient(string kind, string? version)
    {
        (string, string) key = (kind, string.IsNullOrEmpty(version) ? UnknownVersion : version);
        if (!_byVersion.TryGetValue(key, out Counter? counter))
            counter = _byVersion.GetOrAdd(key, _clientRequests.With(kind, _byVersion.Count < MaxClientVersions ? key.Item2 : UnknownVersion));
        counter.Increment();
    }
}
