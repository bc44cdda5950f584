using System.Globalization;
using System.Text;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Kv;
using Etcd.Protocol.Rpc;
using Etcd.Store.Apply;
using Etcd.Store.Backend;
using Etcd.Store.Mvcc;
using Etcd.Store.Mvcc.Index;
using Etcd.Store.Watch;
using Google.Protobuf;
using Etcd.Store.Tests.Watch;

namespace Etcd.Store.Tests.Mvcc.Scenarios;

/// <summary>Runs the commands of a scenario file.</summary>
internal sealed class StoreScenario : IDisposable
{
    private readonly StoreFixture _fixture = new();
    private WatchReader? _watches;

    public string Run(string command)
    {
        var words = new ScenarioWords(command);
        switch (words.Name)
        {
            case "put":
                return Describe(_fixture.Put(PutOf(words)), PutResponse.Parser, Describe);
            case "delete":
                return Describe(_fixture.Delete(DeleteOf(words)), DeleteRangeResponse.Parser, Describe);
            case "get":
                EtcdError? refusal = _fixture.TryRange(RangeOf(words), out RangeResponse response);
                return refusal is null ? $"rev={response.Header.Revision} {Describe(response)}".TrimEnd() : refusal.Message;
            case "txn":
                return Describe(_fixture.Txn(TxnText.Parse(command["txn".Length..])), TxnResponse.Parser, Describe);
            case "read-txn":
                return ReadTxn(TxnText.Parse(command["read-txn".Length..]));
            case "compact":
                return _fixture.Compact(words.Number(0)).Error?.Message ?? "ok";
            case "finish-compaction":
                _fixture.FinishCompactions();
                return "ok";
            case "lease":
                _fixture.Leases.Granted.Add(words.Number(0));
                return "ok";
            case "lease-keys":
                return "keys: " + string.Join(' ', _fixture.Leases.KeysOf(words.Number(0)));
            case "revoke":
                List<ReadOnlyMemory<byte>> keys = [.. _fixture.Leases.KeysOf(words.Number(0)).Select(key => new ReadOnlyMemory<byte>(Encoding.Latin1.GetBytes(key)))];
                return $"rev={_fixture.Apply(() => ApplyResult.Done(_fixture.Store.DeleteKeys(keys))).Revision}";
            case "key-index":
                return "generations: " + Generations(words.Bytes(0).ToByteArray());
            case "records":
                return Records();
            case "hashkv":
                EtcdError? error = _fixture.Store.HashKv(words.Number(0), out KeyValueHash hash);
                return error?.Message ?? $"hash={hash.Hash} compact={hash.CompactRevision} rev={hash.Revision}";
            case "reopen":
                _watches = null;
                _fixture.Reopen();
                return $"rev={_fixture.Store.CurrentRevision} compacted={_fixture.Store.CompactedRevision}";
            default:
                return RunWatch(words);
        }
    }

    public void Dispose()
    {
        _watches?.Dispose();
        _fixture.Dispose();
    }

    internal static PutRequest PutOf(ScenarioWords words) => new()
    {
        Key = words.Bytes(0),
        Value = words.Bytes(1),
        Lease = words.Number("lease"),
        PrevKv = words.Has("prev"),
        IgnoreValue = words.Has("ignore-value"),
        IgnoreLease = words.Has("ignore-lease"),
    };

    internal static DeleteRangeRequest DeleteOf(ScenarioWords words) => new()
    {
        Key = words.Bytes(0),
        RangeEnd = words.Bytes(1),
        PrevKv = words.Has("prev"),
    };

    internal static RangeRequest RangeOf(ScenarioWords words) => new()
    {
        Key = words.Bytes(0),
        RangeEnd = words.Bytes(1),
        Revision = words.Number("rev"),
        Limit = words.Number("limit"),
        KeysOnly = words.Has("keys-only"),
        CountOnly = words.Has("count-only"),
        SortOrder = Enum.Parse<RangeRequest.Types.SortOrder>(words.Text("order", "None"), ignoreCase: true),
        SortTarget = Enum.Parse<RangeRequest.Types.SortTarget>(words.Text("sort", "Key"), ignoreCase: true),
        MinModRevision = words.Number("min-mod"),
        MaxModRevision = words.Number("max-mod"),
        MinCreateRevision = words.Number("min-create"),
        MaxCreateRevision = words.Number("max-create"),
    };

    internal static string Describe(KeyValue pair)
    {
        string lease = pair.Lease == 0 ? "" : $" lease={pair.Lease}";
        return $"{ScenarioWords.Encode(pair.Key)}={ScenarioWords.Encode(pair.Value)}({pair.CreateRevision},{pair.ModRevision},{pair.Version}{lease})";
    }

    private static string Describe<T>(ApplyResult result, MessageParser<T> parser, Func<T, string> describe)
        where T : IMessage<T> =>
        result.Error?.Message ?? $"rev={result.Revision} {describe(parser.ParseFrom(result.Body.Span))}".TrimEnd();

    private static string Describe(PutResponse response) => response.PrevKv is { } previous ? "prev " + Describe(previous) : "";

    private static string Describe(DeleteRangeResponse response) =>
        $"deleted={response.Deleted}" + (response.PrevKvs.Count > 0 ? " prev " + string.Join(' ', response.PrevKvs.Select(Describe)) : "");

    private static string Describe(RangeResponse response) =>
        $"count={response.Count}{(response.More ? " more" : "")} {string.Join(' ', response.Kvs.Select(Describe))}".TrimEnd();

    private static string Describe(TxnResponse response) =>
        $"{(response.Succeeded ? "then" : "else")}{string.Concat(response.Responses.Select(inner => $" [{Describe(inner)}]"))}";

    private static string Describe(ResponseOp response) => response.ResponseCase switch
    {
        ResponseOp.ResponseOneofCase.ResponsePut => $"put {Describe(response.ResponsePut.Header)}{Describe(response.ResponsePut)}".TrimEnd(),
        ResponseOp.ResponseOneofCase.ResponseRange => $"get {Describe(response.ResponseRange.Header)}{Describe(response.ResponseRange)}",
        ResponseOp.ResponseOneofCase.ResponseDeleteRange => $"delete {Describe(response.ResponseDeleteRange.Header)}{Describe(response.ResponseDeleteRange)}",
        ResponseOp.ResponseOneofCase.ResponseTxn => $"txn {Describe(response.ResponseTxn.Header)}{Describe(response.ResponseTxn)}",
        _ => "nothing",
    };

    private static string Describe(ResponseHeader? header) => header is null ? "no-header " : $"@{header.Revision} ";

    private string ReadTxn(TxnRequest request)
    {
        byte[] bytes = request.ToByteArray();
        EtcdError? refusal = RequestValidation.Txn(bytes, 128);
        if (refusal is not null)
            return refusal.Message;
        Assert.True(RequestValidation.IsReadOnly(bytes));
        var body = new System.Buffers.ArrayBufferWriter<byte>();
        refusal = _fixture.Store.ReadOnlyTxn(bytes, body, out long revision);
        return refusal?.Message ?? $"rev={revision} {Describe(TxnResponse.Parser.ParseFrom(body.WrittenSpan))}";
    }

    private string Generations(byte[] key)
    {
        IndexSnapshot snapshot = _fixture.Store.PinIndex();
        try
        {
            if (!snapshot.View.TryFind(key, out KeyEntry entry))
                return "none";
            List<(Revision Revision, bool Tombstone)> revisions = [];
            if (_fixture.Store.Index.HistoryOf(entry) is { } history)
            {
                for (int i = 0; i < history.Count; i++)
                    revisions.Add(history[i]);
            }
            revisions.Add((entry.Mod, entry.IsTombstone));
            var text = new StringBuilder("{");
            foreach ((Revision revision, bool tombstone) in revisions)
            {
                text.Append(text[^1] == '{' ? "" : " ").Append(revision.Main);
                if (revision.Sub > 0)
                    text.Append('.').Append(revision.Sub);
                if (tombstone)
                    text.Append("t} {");
            }
            return text.Append('}').ToString();
        }
        finally
        {
            snapshot.Unpin();
        }
    }

    private string Records()
    {
        BackendView view = _fixture.Backend.Pin();
        try
        {
            List<string> records = [];
            RecordCursor cursor = view.Scan(default);
            while (cursor.MoveNext())
                records.Add($"{cursor.Revision}{(cursor.IsTombstone ? "t" : "")}:{ScenarioWords.Encode(KeyValue.Parser.ParseFrom(cursor.Value).Key)}");
            return "records: " + string.Join(' ', records);
        }
        finally
        {
            view.Unpin();
        }
    }

    private string RunWatch(ScenarioWords words)
    {
        _watches ??= new WatchReader(_fixture.Store.Watches);
        switch (words.Name)
        {
            case "watch":
                WatchFlags flags = (words.Has("prev") ? WatchFlags.PreviousKeyValue : WatchFlags.None)
                    | (words.Has("progress") ? WatchFlags.ProgressNotify : WatchFlags.None)
                    | (words.Has("no-put") ? WatchFlags.NoPut : WatchFlags.None)
                    | (words.Has("no-delete") ? WatchFlags.NoDelete : WatchFlags.None);
                var create = new WatchCreate(words.Bytes(0).Memory, words.Bytes(1).Memory, words.Number("start"), words.Number("id"), flags);
                return $"id={_watches.Stream.Create(create).ToString(CultureInfo.InvariantCulture)}";
            case "cancel":
                _watches.Stream.Cancel(words.Number(0));
                return "ok";
            case "request-progress":
                _watches.Stream.RequestProgress();
                return "ok";
            case "notify-progress":
                _watches.Stream.NotifyProgress();
                return "ok";
            case "catch-up":
                while (_fixture.Store.Watches.CatchUpStep())
                {
                }
                return "ok";
            case "events":
                return string.Join('\n', _watches.ReadAll().Select(Describe).DefaultIfEmpty("nothing"));
            default:
                throw new ArgumentException($"unknown command {words.Name}");
        }
    }

    private static string Describe(WatchResponse response)
    {
        var text = new StringBuilder($"watch {response.WatchId} @{response.Header.Revision}");
        if (response.Created)
            text.Append(" created");
        if (response.Canceled)
            text.Append(" canceled");
        if (response.CompactRevision != 0)
            text.Append(CultureInfo.InvariantCulture, $" compacted={response.CompactRevision}");
        if (response.CancelReason.Length > 0)
            text.Append(CultureInfo.InvariantCulture, $" ({response.CancelReason})");
        foreach (Event change in response.Events)
        {
            text.Append(CultureInfo.InvariantCulture, $" [{change.Type} {Describe(change.Kv)}");
            text.Append(change.PrevKv is { } previous ? $" was {Describe(previous)}]" : "]");
        }
        return text.ToString();
    }
}
