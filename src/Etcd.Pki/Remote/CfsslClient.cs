using System.Net.Http.Headers;
using System.Text;
using Etcd.Pki.Errors;
using Etcd.Pki.Signing;
using Etcd.Pki.Text;

namespace Etcd.Pki.Remote;

/// <summary>Talks to the HTTP API of a cfssl server, or of the first of several that answers.</summary>
public sealed class CfsslClient : IDisposable
{
    private const int DefaultPort = 8888;
    private const string ApiPath = "/api/v1/cfssl/";

    private readonly IReadOnlyList<Uri> _servers;
    private readonly HttpClient _http;
    private readonly PkiLog _log;

    /// <param name="servers">One or more, comma-separated: <c>host</c>, <c>host:port</c> or a URL; port 8888 and http unless said.</param>
    /// <param name="tls">For https servers.</param>
    /// <param name="log">Gets failures.</param>
    /// <exception cref="PkiException">5300: not a server name.</exception>
    public CfsslClient(string servers, RemoteTls tls, PkiLog log)
    {
        _servers = [.. servers.Split(',').Select(ReadAddress)];
        _log = log;
        _http = new HttpClient(new SocketsHttpHandler
        {
            SslOptions = tls.ToOptions(),
            // Go never asks a proxy for the own machine; the framework would.
            UseProxy = !_servers.All(static server => server.IsLoopback),
        });
    }

    /// <summary>Asks for a certificate.</summary>
    /// <param name="request">The request.</param>
    /// <param name="key">Proves who asks; null to call the open endpoint.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>PEM.</returns>
    /// <exception cref="PkiException">7xxx: no server answered, or it said no.</exception>
    public async Task<string> SignAsync(SignRequest request, AuthKey? key, CancellationToken cancellation)
    {
        string body = ToJson(request);
        GoJsonValue result = key is null
            ? await PostAsync("sign", body, cancellation)
            : await PostAsync("authsign", Authenticate(body, key), cancellation);
        return result.FindString("certificate")
            ?? throw new PkiException(PkiErrorCategory.ApiClient, PkiReason.ClientHttpError, "response doesn't contain certificate.");
    }

    /// <summary>Asks about the CA.</summary>
    /// <exception cref="PkiException">As <see cref="SignAsync"/>.</exception>
    public async Task<SignerInfo> DescribeAsync(string label, string profile, CancellationToken cancellation)
    {
        string body = new GoJsonWriter().BeginObject().Member("label", label).Member("profile", profile).EndObject().ToString();
        GoJsonValue result = await PostAsync("info", body, cancellation);
        return new SignerInfo(result.StringOrEmpty("certificate"), result.FindStrings("usages"), result.StringOrEmpty("expiry"));
    }

    public void Dispose() => _http.Dispose();

    internal static Uri ReadAddress(string server)
    {
        string text = server.Trim();
        if (text.Length > 0)
        {
            string withScheme = text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text;
            if (Uri.TryCreate(withScheme, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https")
            {
                // A URL without a port means cfssl's, not 80 or 443.
                string authority = withScheme[(withScheme.IndexOf("://", StringComparison.Ordinal) + 3)..].Split('/', '?', '#')[0];
                bool hasPort = authority.LastIndexOf(':') > authority.LastIndexOf(']');
                return new UriBuilder(uri) { Port = hasPort ? uri.Port : DefaultPort, Path = "/" }.Uri;
            }
        }
        throw new PkiException(
            PkiErrorCategory.Policy, PkiReason.InvalidRequest, "failed to connect to remote", $"the remote \"{server}\" must be host, host:port or a URL");
    }

    private static string ToJson(SignRequest request)
    {
        GoJsonWriter json = new GoJsonWriter().BeginObject()
            .Name("hosts").Strings(request.Hosts)
            .Member("certificate_request", request.CsrPem);
        if (request.Subject is { } subject)
            subject.WriteJson(json.Name("subject"));
        json.Member("profile", request.Profile).Member("crl_override", request.CrlUrl).Member("label", request.Label);
        if (request.Serial is { } serial)
            json.Name("serial").Raw(serial.ToString());
        return json.EndObject().ToString();
    }

    private static string Authenticate(string body, AuthKey key)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        return new GoJsonWriter().BeginObject()
            .Member("token", Convert.ToBase64String(key.Token(bytes)))
            .Member("request", Convert.ToBase64String(bytes))
            .EndObject().ToString();
    }

    private async Task<GoJsonValue> PostAsync(string endpoint, string body, CancellationToken cancellation)
    {
        for (int i = 0; ; i++)
        {
            try
            {
                return await PostAsync(new Uri(_servers[i], ApiPath + endpoint), body, cancellation);
            }
            catch (PkiException error) when (i + 1 < _servers.Count)
            {
                _log.Warning($"{_servers[i].Authority}: {error.Message}, trying the next server");
            }
        }
    }

    private async Task<GoJsonValue> PostAsync(Uri url, string body, CancellationToken cancellation)
    {
        using var content = new StringContent(body, Encoding.UTF8);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        byte[] answer;
        bool isOk;
        try
        {
            using HttpResponseMessage response = await _http.PostAsync(url, content, cancellation);
            isOk = response.IsSuccessStatusCode;
            answer = await response.Content.ReadAsByteArrayAsync(cancellation);
        }
        catch (HttpRequestException error)
        {
            throw new PkiException(
                PkiErrorCategory.ApiClient,
                PkiReason.ClientHttpError,
                $"failed POST to {url}: {(error.InnerException ?? error).Message}",
                "check that the server runs there and, for https, give its CA with -tls-remote-ca");
        }
        if (!isOk)
        {
            _log.Error($"http error with {url}");
            throw new PkiException(PkiErrorCategory.ApiClient, PkiReason.ClientHttpError, Encoding.UTF8.GetString(answer));
        }
        return ReadResult(answer, url);
    }

    private static GoJsonValue ReadResult(byte[] answer, Uri url)
    {
        try
        {
            GoJsonValue response = GoJsonValue.Parse(answer).AsStruct("api.Response");
            if (response.BooleanOrFalse("success") && response.Find("result") is { } result)
                return result.AsStruct("map[string]interface {}");
            IReadOnlyList<GoJsonValue> errors = response.Find("errors")?.Items("[]api.ResponseMessage") ?? [];
            throw errors.Count > 0
                ? new PkiException(
                    PkiErrorCategory.ApiClient, PkiReason.ServerRequestFailed, errors[0].AsStruct("api.ResponseMessage").StringOrEmpty("message"))
                : new PkiException(PkiErrorCategory.ApiClient, PkiReason.ServerRequestFailed);
        }
        catch (PkiException error) when (error.Code == 0)
        {
            throw new PkiException(PkiErrorCategory.ApiClient, PkiReason.JsonError, error.Message, $"{url} answered something that is not cfssl's JSON");
        }
    }
}
