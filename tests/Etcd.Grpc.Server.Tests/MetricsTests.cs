using System.Buffers;
using System.Text;
using Etcd.Grpc.Server.Tests.Support;

namespace Etcd.Grpc.Server.Tests;

public sealed class MetricsTests
{
    [Fact]
    public async Task Calls_Ended_AreCountedByMethodAndCode()
    {
        await using TestServer server = await TestServer.StartAsync(
        [
            new("etcdserverpb.KV", "Put", MethodKind.Unary, TestServer.EchoAsync),
            new("etcdserverpb.Watch", "Watch", MethodKind.BidiStreaming, TestServer.EchoStreamAsync),
        ]);
        string before = TextOf(server);
        // Never called, never failed: still there, at zero.
        Assert.Contains("grpc_server_handled_total{grpc_type=\"bidi_stream\",grpc_service=\"etcdserverpb.Watch\",grpc_method=\"Watch\",grpc_code=\"DataLoss\"} 0\n", before, StringComparison.Ordinal);
        Assert.Equal(2 * 17, before.Split('\n').Count(line => line.StartsWith("grpc_server_handled_total{", StringComparison.Ordinal)));

        await Reply.PostAsync(server.Client, "/etcdserverpb.KV/Put", Reply.Frame(1, 2, 3));
        await Reply.PostAsync(server.Client, "/etcdserverpb.KV/Put", Reply.Frame(4, 5, 6));
        await Reply.PostAsync(server.Client, "/etcdserverpb.Watch/Watch", [.. Reply.Frame(1), .. Reply.Frame(2)]);

        string[] lines = TextOf(server).Split('\n');
        const string Put = "{grpc_type=\"unary\",grpc_service=\"etcdserverpb.KV\",grpc_method=\"Put\"";
        const string Watch = "{grpc_type=\"bidi_stream\",grpc_service=\"etcdserverpb.Watch\",grpc_method=\"Watch\"";
        Assert.Contains($"grpc_server_started_total{Put}}} 2", lines);
        Assert.Contains($"grpc_server_msg_received_total{Put}}} 2", lines);
        Assert.Contains($"grpc_server_msg_sent_total{Put}}} 2", lines);
        Assert.Contains($"grpc_server_handled_total{Put},grpc_code=\"OK\"}} 2", lines);
        Assert.Contains($"grpc_server_handling_seconds_count{Put}}} 2", lines);
        Assert.Contains($"grpc_server_msg_received_total{Watch}}} 2", lines);
        Assert.Contains($"grpc_server_msg_sent_total{Watch}}} 2", lines);
        Assert.Contains("etcd_network_client_grpc_received_bytes_total 8", lines);
        Assert.Contains("etcd_network_client_grpc_sent_bytes_total 8", lines);
    }

    private static string TextOf(TestServer server)
    {
        var output = new ArrayBufferWriter<byte>();
        server.Metrics.WriteText(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
