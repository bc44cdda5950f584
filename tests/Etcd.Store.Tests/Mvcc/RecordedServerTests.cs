using System.IO.Compression;
using System.Text.Json;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Rpc;
using Etcd.Store.Apply;
using Etcd.Store.Mvcc;
using Google.Protobuf;

namespace Etcd.Store.Tests.Mvcc;

/// <summary>Repeats a recorded conversation with etcd 3.4.23: 1500 random puts, deletes, ranges, nested transactions, compactions and
/// hashes, refusals included. Every answer must be the same.</summary>
/// <remarks>testdata/etcd-3.4.23.jsonl.gz: one JSON object per line with the operation, the request, and the response of the JSON
/// gateway without cluster, member and term. Leases 77 and 78 exist.</remarks>
public class RecordedServerTests
{
    private static readonly string[] s_applyRefusals =
    [
        EtcdError.KeyNotFound.Message, EtcdError.LeaseNotFound.Message, EtcdError.Compacted.Message, EtcdError.FutureRevision.Message,
    ];

    private static readonly JsonParser s_json = new(JsonParser.Settings.Default);

    [Fact]
    public void Conversation_Repeated_SameAnswers()
    {
        using var fixture = new StoreFixture();
        fixture.Leases.Granted.UnionWith([77, 78]);
        int line = 0;
        int refusals = 0;
        foreach (string text in Lines())
        {
            line++;
            using JsonDocument document = JsonDocument.Parse(text);
            JsonElement response = document.RootElement.GetProperty("resp");
            string operation = document.RootElement.GetProperty("op").GetString()!;
            string request = document.RootElement.GetProperty("req").GetRawText();
            string expected = response.TryGetProperty("error", out JsonElement error) ? error.GetString()! : Expect(operation, response);
            string actual = Run(fixture, operation, request);
            // If several operations of a transaction cannot be done, 3.4 names the first put and 3.7 the first operation.
            bool bothRefuse = operation == "txn" && error.ValueKind == JsonValueKind.String && s_applyRefusals.Contains(actual);
            Assert.True(expected == actual || bothRefuse, $"line {line}: {text}\nexpected {expected}\nactual   {actual}");
            refusals += error.ValueKind == JsonValueKind.String ? 1 : 0;
        }
        Assert.Equal((1558, 212), (line, refusals));
    }

    private static string Expect(string operation, JsonElement response)
    {
        if (operation == "hashkv")
            return $"{response.GetProperty("hash").GetUInt32()} {response.GetProperty("compact_revision").GetInt64()}";
        string text = response.GetRawText();
        IMessage message = operation switch
        {
            "put" => s_json.Parse<PutResponse>(text),
            "delete" => s_json.Parse<DeleteRangeResponse>(text),
            "range" => s_json.Parse<RangeResponse>(text),
            "txn" => s_json.Parse<TxnResponse>(text),
            _ => s_json.Parse<CompactionResponse>(text),
        };
        return message.ToString()!;
    }

    private static string Run(StoreFixture fixture, string operation, string request)
    {
        switch (operation)
        {
            case "put":
                return Describe(fixture.Put(s_json.Parse<PutRequest>(request)), PutResponse.Parser, (m, h) => m.Header = h);
            case "delete":
                return Describe(fixture.Delete(s_json.Parse<DeleteRangeRequest>(request)), DeleteRangeResponse.Parser, (m, h) => m.Header = h);
            case "txn":
                return Describe(fixture.Txn(s_json.Parse<TxnRequest>(request)), TxnResponse.Parser, (m, h) => m.Header = h);
            case "range":
                EtcdError? refusal = fixture.TryRange(s_json.Parse<RangeRequest>(request), out RangeResponse response);
                return refusal?.Message ?? response.ToString();
            case "compact":
                ApplyResult result = fixture.Compact(s_json.Parse<CompactionRequest>(request).Revision);
                fixture.FinishCompactions();
                return Describe(result, CompactionResponse.Parser, (m, h) => m.Header = h);
            default:
                Assert.Null(fixture.Store.HashKv(0, out KeyValueHash hash));
                return $"{hash.Hash} {hash.CompactRevision}";
        }
    }

    private static string Describe<T>(ApplyResult result, MessageParser<T> parser, Action<T, ResponseHeader> setHeader)
        where T : IMessage<T>
    {
        if (result.Error is not null)
            return result.Error.Message;
        T message = parser.ParseFrom(result.Body.Span);
        setHeader(message, new ResponseHeader { Revision = result.Revision });
        return message.ToString()!;
    }

    private static IEnumerable<string> Lines()
    {
        string path = Path.Combine(Path.GetDirectoryName(TestKit.Golden.Root)!, "Etcd.Store.Tests", "testdata", "etcd-3.4.23.jsonl.gz");
        using FileStream file = File.OpenRead(path);
        using var gzip = new GZipStream(file, CompressionMode.Decompress);
        using var reader = new StreamReader(gzip);
        while (reader.ReadLine() is { } line)
            yield return line;
    }
}
