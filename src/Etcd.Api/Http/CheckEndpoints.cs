using System.Text;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Rpc;
using Etcd.Server;
using Microsoft.AspNetCore.Http;

namespace Etcd.Api.Http;

/// <summary><c>/livez</c> and <c>/readyz</c> with their checks, each also on a path of its own (spec api §10).</summary>
internal sealed class CheckEndpoints
{
    private readonly Check[] _live;
    private readonly Check[] _ready;
    private readonly ApiMetrics _metrics;

    public CheckEndpoints(IMember member, MemberProbe probe, ApiMetrics metrics)
    {
        _metrics = metrics;
        var serializableRead = new Check("serializable_read", token => TryReadAsync(probe, isSerializable: true, token));
        _live = [serializableRead];
        _ready =
        [
            new Check("data_corruption", _ => ValueTask.FromResult(
                member.Alarms.HasCorrupt ? "alarm activated: " + AlarmNames.Of(AlarmType.Corrupt) : null)),
            serializableRead,
            new Check("linearizable_read", token => TryReadAsync(probe, isSerializable: false, token)),
            new Check("non_learner", _ => ValueTask.FromResult(
                member.Cluster.Current.Find(member.MemberId) is { IsLearner: true } ? "not supported for learner" : null)),
        ];
    }

    /// <summary>Answers a request below <c>/livez</c> or <c>/readyz</c>.</summary>
    /// <returns>False if the path is neither.</returns>
    public bool TryHandle(HttpContext context, out Task answering)
    {
        PathString path = context.Request.Path;
        if (path.StartsWithSegments("/livez", StringComparison.Ordinal, out PathString name))
        {
            answering = HandleAsync(context, "livez", _live, name);
            return true;
        }
        if (path.StartsWithSegments("/readyz", StringComparison.Ordinal, out name))
        {
            answering = HandleAsync(context, "readyz", _ready, name);
            return true;
        }
        answering = Task.CompletedTask;
        return false;
    }

    private Task HandleAsync(HttpContext context, string kind, Check[] checks, PathString name)
    {
        if (name.HasValue)
        {
            Check[] one = [.. checks.Where(check => name.Value == "/" + check.Name)];
            return one.Length == 0 ? PlainReply.NotFoundAsync(context) : RunAsync(context, kind, one);
        }
        var excluded = context.Request.Query["exclude"];
        return RunAsync(context, kind, [.. checks.Where(check => !excluded.Contains(check.Name))]);
    }

    private async Task RunAsync(HttpContext context, string kind, Check[] checks)
    {
        if (!HttpMethods.IsGet(context.Request.Method))
        {
            await PlainReply.MethodNotAllowedAsync(context, HttpMethods.Get);
            return;
        }
        var report = new StringBuilder();
        bool isWell = true;
        foreach (Check check in checks)
        {
            string? problem = await check.FindProblemAsync(context.RequestAborted);
            isWell &= problem is null;
            report.Append(problem is null ? $"[+]{check.Name} ok\n" : $"[-]{check.Name} failed: {problem}\n");
            _metrics.HealthCheck.With(kind, check.Name).Set(problem is null ? 1 : 0);
            _metrics.HealthChecks.With(kind, check.Name, problem is null ? "success" : "error").Increment();
        }
        if (!isWell)
        {
            await PlainReply.ErrorAsync(context, StatusCodes.Status503ServiceUnavailable, report.ToString());
            return;
        }
        context.Response.Headers.XContentTypeOptions = "nosniff";
        await PlainReply.TextAsync(context, (context.Request.Query.ContainsKey("verbose") ? report.ToString() : "") + "ok\n");
    }

    private static async ValueTask<string?> TryReadAsync(MemberProbe probe, bool isSerializable, CancellationToken cancellationToken)
    {
        try
        {
            await probe.ReadAsync(isSerializable, cancellationToken);
            return null;
        }
        catch (EtcdException refusal)
        {
            return refusal.Error.Message;
        }
    }

    /// <param name="FindProblemAsync">What is wrong; null if nothing is.</param>
    private sealed record Check(string Name, Func<CancellationToken, ValueTask<string?>> FindProblemAsync);
}
