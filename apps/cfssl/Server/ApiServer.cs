using System.Globalization;
using Etcd.Pki.Errors;
using Etcd.Pki.Text;
using Microsoft.AspNetCore.Http;

namespace Cfssl.Server;

/// <summary>The HTTP API: chooses the endpoints that this server can offer and answers requests in cfssl's envelope.</summary>
internal sealed class ApiServer
{
    public const string NoDatabase = "cert db not configured (missing -db-config)";

    private const string Prefix = "/api/v1/cfssl/";
    private const string NoSigner = "signer not initialized";

    private readonly Dictionary<string, ApiEndpoint> _endpoints = new(StringComparer.Ordinal);
    private readonly ApiServices _services;

    public ApiServer(ApiServices services)
    {
        _services = services;
        string[] disabled = services.Options.DisabledEndpoints.Split(',', StringSplitOptions.RemoveEmptyEntries);
        foreach ((ApiEndpoint endpoint, string? obstacle) in AllEndpoints())
        {
            if (disabled.Contains(endpoint.Name, StringComparer.Ordinal))
            {
                services.Log.Info($"endpoint '{endpoint.Name}' is explicitly disabled");
            }
            else if (obstacle is not null)
            {
                services.Log.Warning($"endpoint '{endpoint.Name}' is disabled: {obstacle}");
            }
            else
            {
                services.Log.Info($"endpoint '{Prefix}{endpoint.Name}' is enabled");
                _endpoints.Add(Prefix + endpoint.Name, endpoint);
            }
        }
        services.Log.Info("Handler set up complete.");
    }

    /// <summary>Answers one request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        string path = context.Request.Path.Value ?? "";
        if (!_endpoints.TryGetValue(path, out ApiEndpoint? endpoint))
        {
            await WriteAsync(context, StatusCodes.Status404NotFound, "404 page not found\n", isJson: false);
            return;
        }
        int code = await AnswerAsync(context, endpoint);
        string address = new System.Net.IPEndPoint(context.Connection.RemoteIpAddress ?? System.Net.IPAddress.None, context.Connection.RemotePort).ToString();
        _services.Log.Info($"{address} - \"{context.Request.Method} {path}{context.Request.QueryString}\" {code.ToString(CultureInfo.InvariantCulture)}");
    }

    // Returns the code for the log: the HTTP status, or the toolkit's code of a refusal.
    private async Task<int> AnswerAsync(HttpContext context, ApiEndpoint endpoint)
    {
        try
        {
            if (context.Request.Method != endpoint.Method)
                throw new ApiException(StatusCodes.Status405MethodNotAllowed, $"Method is not allowed:\"{context.Request.Method}\"");
            var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            ApiAnswer answer = await endpoint.HandleAsync(
                new ApiCall(body.ToArray(), name => context.Request.Query[name].FirstOrDefault(), context.RequestAborted));
            await WriteAsync(context, StatusCodes.Status200OK, Envelope(answer) + "\n", isJson: true);
            return StatusCodes.Status200OK;
        }
        catch (ApiException error)
        {
            await WriteAsync(context, error.Status, Envelope(error.Status, error.Message) + "\n", isJson: false);
            return error.Status;
        }
        catch (PkiException error)
        {
            int status = error.Code == 0 ? StatusCodes.Status500InternalServerError : StatusCodes.Status400BadRequest;
            await WriteAsync(context, status, Envelope(error.Code, error.Message) + "\n", isJson: false);
            return error.Code == 0 ? status : error.Code;
        }
        catch (BadHttpRequestException error)
        {
            await WriteAsync(context, error.StatusCode, Envelope(error.StatusCode, error.Message) + "\n", isJson: false);
            return error.StatusCode;
        }
    }

    private static string Envelope(ApiAnswer answer)
    {
        GoJsonWriter json = new GoJsonWriter().BeginObject()
            .Name("success").Boolean(true)
            .Name("result").Raw(answer.Result)
            .Name("errors").BeginArray().EndArray()
            .Name("messages").BeginArray();
        if (answer.Message is { } message)
            json.BeginObject().Name("code").Number(answer.MessageCode).Member("message", message).EndObject();
        return json.EndArray().EndObject().ToString();
    }

    private static string Envelope(int code, string message) => new GoJsonWriter().BeginObject()
        .Name("success").Boolean(false)
        .Name("result").Null()
        .Name("errors").BeginArray().BeginObject().Name("code").Number(code).Member("message", message).EndObject().EndArray()
        .Name("messages").BeginArray().EndArray()
        .EndObject().ToString();

    private static async Task WriteAsync(HttpContext context, int status, string text, bool isJson)
    {
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(text);
        HttpResponse response = context.Response;
        response.StatusCode = status;
        response.ContentType = isJson ? "application/json" : "text/plain; charset=utf-8";
        if (!isJson)
            response.Headers.XContentTypeOptions = "nosniff";
        response.ContentLength = bytes.Length;
        await response.Body.WriteAsync(bytes, context.RequestAborted);
    }

    private IEnumerable<(ApiEndpoint Endpoint, string? Obstacle)> AllEndpoints()
    {
        SignEndpoints? signing = _services.Signer is { } signer ? new SignEndpoints(_services, signer) : null;
        var generating = new GeneratorEndpoints(_services, signing);
        var inspecting = new InspectionEndpoints(_services);
        var revoking = new RevocationEndpoints(_services);
        const string NoSuchProfile = """{"code":5200,"message":"Invalid or unknown policy"}""";
        string? needsSigner = _services.Signer is null ? NoSigner : null;
        string? needsDatabase = _services.Database is null ? NoDatabase : null;
        return
        [
            (Post("authsign", call => signing!.AuthSignAsync(call)), needsSigner ?? (signing!.HasGuardedProfile ? null : NoSuchProfile)),
            (Post("bundle", inspecting.BundleAsync), _services.Bundler is null ? "no root or intermediate pool (missing -ca-bundle, -int-bundle)" : null),
            (Post("certadd", revoking.CertAddAsync), needsDatabase),
            (Post("certinfo", inspecting.CertInfoAsync), null),
            (Get("crl", revoking.CrlAsync), needsSigner ?? needsDatabase),
            (Post("gencrl", revoking.GenCrlAsync), needsSigner),
            (Get("health", static _ => Task.FromResult(new ApiAnswer("""{"healthy":true}"""))), null),
            (Post("info", inspecting.InfoAsync), needsSigner),
            (Post("init_ca", generating.InitCaAsync), null),
            (Post("newcert", generating.NewCertAsync), needsSigner),
            (Post("newkey", generating.NewKeyAsync), null),
            (Post("ocspsign", revoking.OcspSignAsync), _services.Ocsp is null ? NoSigner : null),
            (Post("revoke", revoking.RevokeAsync), needsDatabase),
            (Post("sign", call => signing!.SignAsync(call)), needsSigner ?? (signing!.HasOpenProfile ? null : NoSuchProfile)),
        ];
    }

    private static ApiEndpoint Post(string name, Func<ApiCall, Task<ApiAnswer>> handleAsync) => new(name, "POST", handleAsync);

    private static ApiEndpoint Get(string name, Func<ApiCall, Task<ApiAnswer>> handleAsync) => new(name, "GET", handleAsync);
}
