using Etcd.Protocol.Errors;
using Etcd.Protocol.Rpc;
using Etcd.Server;
using Microsoft.AspNetCore.Http;

namespace Etcd.Api.Http;

/// <summary><c>/health</c> (spec api §10): alarms, then the leader, then a read.</summary>
internal sealed class HealthEndpoint(IMember member, MemberProbe probe, ApiMetrics metrics)
{
    public async Task HandleAsync(HttpContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method))
        {
            await PlainReply.MethodNotAllowedAsync(context, HttpMethods.Get);
            return;
        }
        string? problem = await FindProblemAsync(context);
        if (problem is null)
        {
            metrics.HealthSuccess.Increment();
            await PlainReply.TextAsync(context, """{"health":"true","reason":""}""");
            return;
        }
        metrics.HealthFailures.Increment();
        string json = $$"""{"health":"false","reason":"{{System.Text.Json.JsonEncodedText.Encode(problem)}}"}""";
        await PlainReply.ErrorAsync(context, StatusCodes.Status503ServiceUnavailable, json);
    }

    private async ValueTask<string?> FindProblemAsync(HttpContext context)
    {
        IQueryCollection query = context.Request.Query;
        foreach (AlarmMember alarm in member.Alarms.Get(AlarmType.None))
        {
            string name = AlarmNames.Of(alarm.Alarm);
            if (!query["exclude"].Contains(name))
                return "ALARM " + name;
        }
        bool isSerializable = string.Equals(query["serializable"], "true", StringComparison.Ordinal);
        if (!isSerializable && member.LeaderId == 0)
            return "RAFT NO LEADER";
        try
        {
            await probe.ReadAsync(isSerializable, context.RequestAborted);
            return null;
        }
        catch (EtcdException refusal)
        {
            return "RANGE ERROR:" + refusal.Error.Message;
        }
    }
}
