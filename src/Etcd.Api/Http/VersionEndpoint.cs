using Etcd.Server;
using Microsoft.AspNetCore.Http;

namespace Etcd.Api.Http;

/// <summary><c>/version</c>: the versions of the server, the cluster and the database file.</summary>
internal sealed class VersionEndpoint(IMember member)
{
    public Task HandleAsync(HttpContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method))
            return PlainReply.MethodNotAllowedAsync(context, HttpMethods.Get);
        string storage = MemberVersions.Storage(member);
        // Version texts need no JSON escapes.
        return PlainReply.JsonAsync(
            context,
            $$"""{"etcdserver":"{{MemberVersions.Server}}","etcdcluster":"{{MemberVersions.Cluster(member)}}","storage":"{{(storage.Length > 0 ? storage : "unknown")}}"}""");
    }
}
