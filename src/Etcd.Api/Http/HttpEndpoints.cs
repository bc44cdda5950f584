using Etcd.Foundation.Metrics;
using Etcd.Server;
using Microsoft.AspNetCore.Http;

namespace Etcd.Api.Http;

/// <summary>The HTTP side of the client and metrics listeners (spec api §10).</summary>
public sealed class HttpEndpoints
{
    private readonly MetricRegistry _metrics;
    private readonly HealthEndpoint _health;
    private readonly CheckEndpoints _checks;
    private readonly VersionEndpoint _version;
    private readonly DebugVars _debugVars;
    private readonly AccessPolicy _access;

    public HttpEndpoints(IMember member, MetricRegistry registry, ApiMetrics metrics, AccessPolicy access)
    {
        _metrics = registry;
        _access = access;
        var probe = new MemberProbe(member);
        _health = new HealthEndpoint(member, probe, metrics);
        _checks = new CheckEndpoints(member, probe, metrics);
        _version = new VersionEndpoint(member);
        _debugVars = new DebugVars(member);
    }

    /// <summary>For client listeners: everything, behind the checks of host and origin.</summary>
    public Task HandleClientAsync(HttpContext context) => _access.TryHandle(context, out Task answering)
        ? answering
        : context.Request.Path.Value switch
        {
            "/version" => _version.HandleAsync(context),
            "/debug/vars" => _debugVars.HandleAsync(context),
            _ => HandleMetricsAsync(context),
        };

    /// <summary>For metrics listeners: metrics and health, without further checks.</summary>
    public Task HandleMetricsAsync(HttpContext context) => context.Request.Path.Value switch
    {
        "/metrics" => WriteMetricsAsync(context),
        "/health" => _health.HandleAsync(context),
        _ => _checks.TryHandle(context, out Task answering) ? answering : PlainReply.NotFoundAsync(context),
    };

    private async Task WriteMetricsAsync(HttpContext context)
    {
        context.Response.ContentType = MetricRegistry.TextContentType;
        _metrics.WriteText(context.Response.BodyWriter);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }
}
