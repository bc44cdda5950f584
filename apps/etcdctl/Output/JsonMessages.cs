using Etcd.Protocol.Kv;
using Etcd.Protocol.Rpc;

namespace Etcdctl.Output;

/// <summary>The members of the messages that occur inside others, in the order of Go's structures.</summary>
internal readonly struct JsonMessages
{
    private readonly GoJsonWriter _json;

    public JsonMessages(GoJsonWriter json) => _json = json;

    public void Header(ResponseHeader? header) => _json.Object("header", header, HeaderFields);

    public void HeaderFields(ResponseHeader header)
    {
        _json.Number("cluster_id", header.ClusterId);
        _json.Number("member_id", header.MemberId);
        _json.Number("revision", header.Revision);
        _json.Number("raft_term", header.RaftTerm);
    }

    public void Range(RangeResponse response)
    {
        Header(response.Header);
        _json.Objects("kvs", response.Kvs, KeyValue);
        _json.Bool("more", response.More);
        _json.Number("count", response.Count);
    }

    public void Put(PutResponse response)
    {
        Header(response.Header);
        _json.Object("prev_kv", response.PrevKv, KeyValue);
    }

    public void Delete(DeleteRangeResponse response)
    {
        Header(response.Header);
        _json.Number("deleted", response.Deleted);
        _json.Objects("prev_kvs", response.PrevKvs, KeyValue);
    }

    public void Txn(TxnResponse response)
    {
        Header(response.Header);
        _json.Bool("succeeded", response.Succeeded);
        _json.Objects("responses", response.Responses, Operation);
    }

    public void Event(Event change)
    {
        _json.Number("type", (long)change.Type);
        _json.Object("kv", change.Kv, KeyValue);
        _json.Object("prev_kv", change.PrevKv, KeyValue);
    }

    public void Status(StatusResponse status)
    {
        GoJsonWriter json = _json;
        Header(status.Header);
        json.Text("version", status.Version);
        json.Number("dbSize", status.DbSize);
        json.Number("leader", status.Leader);
        json.Number("raftIndex", status.RaftIndex);
        json.Number("raftTerm", status.RaftTerm);
        json.Number("raftAppliedIndex", status.RaftAppliedIndex);
        json.Texts("errors", status.Errors);
        json.Number("dbSizeInUse", status.DbSizeInUse);
        json.Bool("isLearner", status.IsLearner);
        json.Text("storageVersion", status.StorageVersion);
        json.Number("dbSizeQuota", status.DbSizeQuota);
        json.Object("downgradeInfo", status.DowngradeInfo, downgrade =>
        {
            json.Bool("enabled", downgrade.Enabled);
            json.Text("targetVersion", downgrade.TargetVersion);
        });
    }

    public void HashKv(HashKVResponse response)
    {
        Header(response.Header);
        _json.Number("hash", (ulong)response.Hash);
        _json.Number("compact_revision", response.CompactRevision);
        _json.Number("hash_revision", response.HashRevision);
    }

    private void KeyValue(KeyValue pair)
    {
        _json.Bytes("key", pair.Key);
        _json.Number("create_revision", pair.CreateRevision);
        _json.Number("mod_revision", pair.ModRevision);
        _json.Number("version", pair.Version);
        _json.Bytes("value", pair.Value);
        _json.Number("lease", pair.Lease);
    }

    // The wrapper of a oneof has no JSON names of its own, so Go's shine through.
    private void Operation(ResponseOp operation)
    {
        if (operation.ResponseCase == ResponseOp.ResponseOneofCase.None)
        {
            _json.Null("Response");
            return;
        }
        _json.Name("Response").BeginObject();
        switch (operation.ResponseCase)
        {
            case ResponseOp.ResponseOneofCase.ResponseRange: _json.Object("ResponseRange", operation.ResponseRange, Range); break;
            case ResponseOp.ResponseOneofCase.ResponsePut: _json.Object("ResponsePut", operation.ResponsePut, Put); break;
            case ResponseOp.ResponseOneofCase.ResponseDeleteRange: _json.Object("ResponseDeleteRange", operation.ResponseDeleteRange, Delete); break;
            default: _json.Object("ResponseTxn", operation.ResponseTxn, Txn); break;
        }
        _json.EndObject();
    }
}
