using System.Net;
using System.Net.Http.Headers;
using Etcd.Api.Tests.Support;
using Etcd.Protocol.Rpc;
using static Etcd.Api.Tests.Support.Requests;

namespace Etcd.Api.Tests;

/// <summary>The HTTP endpoints; status lines, headers and bodies as etcd gives them.</summary>
public sealed class HttpTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private ApiServer Server => fixture.Server;

    [Theory]
    [InlineData("/version", "application/json", """{"etcdserver":"3.7.1","etcdcluster":"3.7.0","storage":"3.7.0"}""")]
    [InlineData("/health", "text/plain; charset=utf-8", """{"health":"true","reason":""}""")]
    [InlineData("/health?serializable=true", "text/plain; charset=utf-8", """{"health":"true","reason":""}""")]
    [InlineData("/livez", "text/plain; charset=utf-8", "ok\n")]
    [InlineData("/readyz", "text/plain; charset=utf-8", "ok\n")]
    [InlineData("/livez?verbose", "text/plain; charset=utf-8", "[+]serializable_read ok\nok\n")]
    [InlineData("/readyz?verbose&exclude=linearizable_read&exclude=nothing", "text/plain; charset=utf-8", "[+]data_corruption ok\n[+]serializable_read ok\n[+]non_learner ok\nok\n")]
    [InlineData("/readyz/non_learner?verbose", "text/plain; charset=utf-8", "[+]non_learner ok\nok\n")]
    public async Task Get_Endpoint_AnswersWell(string path, string contentType, string body)
    {
        using HttpResponseMessage response = await Server.Http.GetAsync(path);
        Assert.Equal((HttpStatusCode.OK, contentType, body), (response.StatusCode, response.Content.Headers.ContentType!.ToString(), await response.Content.ReadAsStringAsync()));
        Assert.Equal("*", response.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.Equal("POST, GET, OPTIONS, PUT, DELETE", response.Headers.GetValues("Access-Control-Allow-Methods").Single());
        Assert.Equal("accept, content-type, authorization", response.Headers.GetValues("Access-Control-Allow-Headers").Single());
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/nothing")]
    [InlineData("/health/")]
    [InlineData("/livez/linearizable_read")]
    [InlineData("/readyz/nothing")]
    [InlineData("/livezz")]
    public async Task Get_UnknownPath_IsNotFound(string path)
    {
        using HttpResponseMessage response = await Server.Http.GetAsync(path);
        Assert.Equal((HttpStatusCode.NotFound, "404 page not found\n"), (response.StatusCode, await response.Content.ReadAsStringAsync()));
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/version")]
    [InlineData("/livez")]
    [InlineData("/readyz/data_corruption")]
    public async Task Post_ToReadOnlyEndpoint_IsMethodNotAllowed(string path)
    {
        using HttpResponseMessage response = await Server.Http.PostAsync(path, content: null);
        Assert.Equal((HttpStatusCode.MethodNotAllowed, "Method Not Allowed\n"), (response.StatusCode, await response.Content.ReadAsStringAsync()));
        Assert.Equal(["GET"], response.Content.Headers.Allow);
    }

    [Fact]
    public async Task Options_AnyPath_IsOk()
    {
        using HttpResponseMessage response = await Server.Http.SendAsync(new HttpRequestMessage(HttpMethod.Options, "/whatever"));
        Assert.Equal((HttpStatusCode.OK, ""), (response.StatusCode, await response.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task Metrics_BothListeners_ShowAllFamilies()
    {
        await Server.Client.CallAsync<PutResponse>(PutPath, Put("m"));
        foreach (HttpClient http in new[] { Server.Http, Server.MetricsHttp })
        {
            using HttpResponseMessage response = await http.GetAsync("/metrics");
            Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType!.ToString());
            string text = await response.Content.ReadAsStringAsync();
            Assert.Contains("\netcd_server_has_leader 1\n", text, StringComparison.Ordinal);
            Assert.Contains("\netcd_cluster_version{cluster_version=\"3.7\"} 1\n", text, StringComparison.Ordinal);
            Assert.Contains("# TYPE etcd_disk_wal_write_bytes_total gauge\n", text, StringComparison.Ordinal);
            Assert.Contains("etcd_server_client_requests_total{type=\"unary\",client_api_version=\"unknown\"}", text, StringComparison.Ordinal);
            Assert.Contains("grpc_server_handled_total{grpc_type=\"unary\",grpc_service=\"etcdserverpb.KV\",grpc_method=\"Put\",grpc_code=\"OK\"}", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task MetricsListener_OtherPaths_AreNotThere()
    {
        Assert.Equal("""{"health":"true","reason":""}""", await Server.MetricsHttp.GetStringAsync("/health"));
        Assert.Equal("ok\n", await Server.MetricsHttp.GetStringAsync("/readyz"));
        using HttpResponseMessage version = await Server.MetricsHttp.GetAsync("/version");
        Assert.Equal(HttpStatusCode.NotFound, version.StatusCode);
        // And no gRPC: an HTTP/2 request with gRPC's content type is an HTTP request like any other.
        using var request = new HttpRequestMessage(HttpMethod.Post, PutPath)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent([0, 0, 0, 0, 0]),
        };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse("application/grpc");
        using HttpResponseMessage refused = await Server.MetricsHttp.SendAsync(request);
        Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
    }

    [Fact]
    public async Task DebugVars_IsJsonWithEtcdsNames()
    {
        using var json = System.Text.Json.JsonDocument.Parse(await Server.Http.GetStringAsync("/debug/vars"));
        foreach (string name in new[] { "cmdline", "memstats", "file_descriptor_limit", "raft.status" })
            Assert.True(json.RootElement.TryGetProperty(name, out _), name);
        Assert.Equal("StateLeader", json.RootElement.GetProperty("raft.status").GetProperty("raftState").GetString());
    }

    [Fact]
    public async Task Health_WithAlarm_IsUnhealthyUnlessExcluded()
    {
        await using ApiServer server = await ApiServer.StartAsync();
        var raise = new AlarmRequest { Action = AlarmRequest.Types.AlarmAction.Activate, MemberID = 5, Alarm = AlarmType.Corrupt };
        await server.Client.CallAsync<AlarmResponse>("/etcdserverpb.Maintenance/Alarm", raise);
        using HttpResponseMessage health = await server.Http.GetAsync("/health");
        Assert.Equal(
            (HttpStatusCode.ServiceUnavailable, "{\"health\":\"false\",\"reason\":\"ALARM CORRUPT\"}\n"),
            (health.StatusCode, await health.Content.ReadAsStringAsync()));
        Assert.Equal("""{"health":"true","reason":""}""", await server.Http.GetStringAsync("/health?exclude=NOSPACE&exclude=CORRUPT"));
        using HttpResponseMessage ready = await server.Http.GetAsync("/readyz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.StartsWith("[-]data_corruption failed: alarm activated: CORRUPT\n", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("ok\n", await server.Http.GetStringAsync("/livez"));
        string metrics = await server.Http.GetStringAsync("/metrics");
        Assert.Contains("\netcd_server_health_failures 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("etcd_server_healthcheck{type=\"readyz\",name=\"data_corruption\"} 0\n", metrics, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("good.example", HttpStatusCode.OK)]
    [InlineData("good.example:1234", HttpStatusCode.OK)]
    [InlineData("evil.example", HttpStatusCode.MisdirectedRequest)]
    public async Task HostWhitelist_ForeignName_IsMisdirected(string host, HttpStatusCode expected)
    {
        await using ApiServer server = await ApiServer.StartAsync(new ApiOptions { HostWhitelist = ["good.example"] });
        using var request = new HttpRequestMessage(HttpMethod.Get, "/health");
        request.Headers.Host = host;
        using HttpResponseMessage response = await server.Http.SendAsync(request);
        Assert.Equal(expected, response.StatusCode);
        // gRPC is not asked for its host.
        Assert.True((await server.Client.StatusAsync(RangePath, Get("k"))).IsOk);
    }

    [Theory]
    [InlineData("https://good.example", true)]
    [InlineData("https://evil.example", false)]
    public async Task Cors_Origins_AreThoseAllowed(string origin, bool isAllowed)
    {
        await using ApiServer server = await ApiServer.StartAsync(new ApiOptions { CorsOrigins = ["https://good.example"] });
        using var request = new HttpRequestMessage(HttpMethod.Get, "/health");
        request.Headers.Add("Origin", origin);
        using HttpResponseMessage response = await server.Http.SendAsync(request);
        Assert.Equal(isAllowed, response.Headers.TryGetValues("Access-Control-Allow-Origin", out IEnumerable<string>? allowed) && allowed.Single() == origin);
    }
}
