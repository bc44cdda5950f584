using Etcd.Grpc.Server;
using Microsoft.AspNetCore.Http;

namespace Etcd.Api.Http;

/// <summary>Which hosts a request may name (<c>--host-whitelist</c>) and which origins a browser may come from
/// (<c>--cors</c>); spec peer §14.7.</summary>
/// <param name="hosts">Host names without port; <c>*</c> allows all. Only asked on clear-text connections.</param>
/// <param name="origins">Origins; <c>*</c> allows all.</param>
public sealed class AccessPolicy(IEnumerable<string> hosts, IEnumerable<string> origins)
{
    private const string Any = "*";

    private readonly HashSet<string> _hosts = new(hosts, StringComparer.Ordinal);
    private readonly HashSet<string> _origins = new(origins, StringComparer.Ordinal);

    /// <summary>Answers what must not or need not go further: unknown hosts and preflight requests.</summary>
    /// <returns>False to go on.</returns>
    internal bool TryHandle(HttpContext context, out Task answering)
    {
        if (!IsHostAllowed(context))
        {
            answering = RefuseHostAsync(context);
            return true;
        }
        AddCorsHeaders(context);
        // Answered with status 200 and nothing else.
        answering = Task.CompletedTask;
        return HttpMethods.IsOptions(context.Request.Method);
    }

    private bool IsHostAllowed(HttpContext context) =>
        _hosts.Count == 0 || _hosts.Contains(Any)
        || context.Features.Get<ClientConnection>() is { IsSecure: true }
        || _hosts.Contains(context.Request.Host.Host);

    private static Task RefuseHostAsync(HttpContext context)
    {
        string host = context.Request.Host.Host;
        return PlainReply.ErrorAsync(
            context,
            StatusCodes.Status421MisdirectedRequest,
            $"""
            This etcd does not answer requests for the host "{host}".

            A web page could have sent your browser here under a name of its own ("DNS rebinding", CVE-2018-5702). If the name is right, either
            - use TLS: requests over HTTPS may name any host, or
            - allow the name: etcd --host-whitelist "{host}"
            """);
    }

    private void AddCorsHeaders(HttpContext context)
    {
        string origin = _origins.Count == 0 || _origins.Contains(Any) ? Any : context.Request.Headers.Origin.ToString();
        if (origin != Any && !_origins.Contains(origin))
            return;
        IHeaderDictionary headers = context.Response.Headers;
        headers.AccessControlAllowMethods = "POST, GET, OPTIONS, PUT, DELETE";
        headers.AccessControlAllowOrigin = origin;
        headers.AccessControlAllowHeaders = "accept, content-type, authorization";
    }
}
