using Etcd.Foundation.Metrics;
using Etcd.Protocol.Errors;

namespace Etcd.Grpc.Server;

/// <summary>The <c>grpc_server_*</c> family and the byte counters of clients.</summary>
public sealed class GrpcServerMetrics
{
    private readonly Dictionary<string, MethodMetrics> _byPath;

    /// <param name="withHandlingTime"><c>--metrics extensive</c>: also how long each call took.</param>
    public GrpcServerMetrics(MetricRegistry registry, GrpcMethodTable methods, bool withHandlingTime)
    {
        string[] labels = ["grpc_type", "grpc_service", "grpc_method"];
        MetricFamily<Counter> started = registry.AddCounterFamily("grpc_server_started_total", "Calls that began.", labels);
        MetricFamily<Counter> received = registry.AddCounterFamily("grpc_server_msg_received_total", "Request messages received.", labels);
        MetricFamily<Counter> sent = registry.AddCounterFamily("grpc_server_msg_sent_total", "Response messages sent.", labels);
        MetricFamily<Counter> handled = registry.AddCounterFamily("grpc_server_handled_total", "Calls that ended, by status code.", [.. labels, "grpc_code"]);
        MetricFamily<Histogram>? handling = withHandlingTime
            ? registry.AddHistogramFamily("grpc_server_handling_seconds", "Time from the request to the end of its call.", Buckets.Default, labels)
            : null;
        ReceivedBytes = registry.AddCounter("etcd_network_client_grpc_received_bytes_total", "Message bytes received from gRPC clients.");
        SentBytes = registry.AddCounter("etcd_network_client_grpc_sent_bytes_total", "Message bytes sent to gRPC clients.");

        // Every combination exists from the start, so that a rate over a code that never happened is 0 and not absent.
        _byPath = methods.Methods.ToDictionary(method => method.Path, StringComparer.Ordinal).ToDictionary(
            pair => pair.Key,
            pair => Create(pair.Value),
            StringComparer.Ordinal);

        MethodMetrics Create(GrpcMethod method)
        {
            string[] values = [method.KindLabel, method.Service, method.Name];
            return new MethodMetrics(
                started.With(values), received.With(values), sent.With(values),
                [.. Enumerable.Range(0, StatusCodeText.Count).Select(code => handled.With([.. values, StatusCodeText.Name((StatusCode)code)]))],
                handling?.With(values));
        }
    }

    public Counter ReceivedBytes { get; }

    public Counter SentBytes { get; }

    internal MethodMetrics For(GrpcMethod method) => _byPath[method.Path];
}

/// <summary>Counters of one method.</summary>
internal sealed record MethodMetrics(Counter Started, Counter Received, Counter Sent, Counter[] HandledByCode, Histogram? Handling)
{
    public void Handled(StatusCode code) =>
        HandledByCode[(uint)code < (uint)HandledByCode.Length ? (int)code : (int)StatusCode.Unknown].Increment();
}
