using System.Buffers;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Rpc;
using Etcd.Store.Apply;
using Etcd.Store.Backend;
using Etcd.Store.Mvcc;
using Etcd.Store.Tests.Backend;
using Etcd.TestKit.Disks;
using Google.Protobuf;

namespace Etcd.Store.Tests.Mvcc;

/// <summary>A store on a disk in memory, driven by generated messages; each write is an entry of its own.</summary>
internal sealed class StoreFixture : IDisposable
{
    private readonly MvccOptions _options;
    private ulong _index;

    public StoreFixture(CrashDisk? disk = null, MvccOptions? options = null, FakeLeases? leases = null)
    {
        Disk = disk ?? BackendFixture.NewDisk();
        Leases = leases ?? new FakeLeases();
        _options = options ?? new MvccOptions();
        Backend = BackendFixture.Open(Disk);
        _index = Backend.ConsistentIndex;
        Store = MvccStore.Open(Backend, Leases, _options);
    }

    public CrashDisk Disk { get; }

    public FakeLeases Leases { get; }

    public BatchingBackend Backend { get; private set; }

    public MvccStore Store { get; private set; }

    /// <summary>Publish after every entry; off for tests of batches.</summary>
    public bool PublishesAtOnce { get; set; } = true;

    public ApplyResult Apply(Func<ApplyResult> write)
    {
        Backend.BeginApply(++_index, 1);
        ApplyResult result = write();
        Backend.EndApply();
        if (PublishesAtOnce)
            Store.Publish();
        return result;
    }

    public ApplyResult Put(PutRequest request) => Refusal(RequestValidation.Put(Bytes(request))) ?? Apply(() => Store.Put(Bytes(request)));

    public ApplyResult Put(string key, string value, long lease = 0) =>
        Put(new PutRequest { Key = ByteString.CopyFromUtf8(key), Value = ByteString.CopyFromUtf8(value), Lease = lease });

    public ApplyResult Delete(DeleteRangeRequest request) =>
        Refusal(RequestValidation.DeleteRange(Bytes(request))) ?? Apply(() => Store.DeleteRange(Bytes(request)));

    public ApplyResult Delete(string key, string end = "") =>
        Delete(new DeleteRangeRequest { Key = ByteString.CopyFromUtf8(key), RangeEnd = ByteString.CopyFromUtf8(end) });

    public ApplyResult Txn(TxnRequest request) =>
        Refusal(RequestValidation.Txn(Bytes(request), maxOperations: 128)) ?? Apply(() => Store.Txn(Bytes(request)));

    public ApplyResult Compact(long revision) => Compact(revision, out _);

    public ApplyResult Compact(long revision, out CompactionHandle? removed)
    {
        CompactionHandle? handle = null;
        ApplyResult result = Apply(() => Store.Compact(revision, out handle));
        removed = handle;
        return result;
    }

    /// <summary>Removes what compactions left, also from the index.</summary>
    public void FinishCompactions()
    {
        while (Store.CompactionStep())
        {
        }
        Store.Publish();
    }

    public RangeResponse Range(RangeRequest request)
    {
        EtcdError? refusal = TryRange(request, out RangeResponse response);
        Assert.Null(refusal);
        return response;
    }

    public EtcdError? TryRange(RangeRequest request, out RangeResponse response)
    {
        response = new RangeResponse();
        EtcdError? refusal = RequestValidation.Range(Bytes(request));
        if (refusal is not null)
            return refusal;
        refusal = Store.Range(Bytes(request), out RangeReply? reply);
        if (reply is not null)
            response = Decode(reply);
        return refusal;
    }

    public static RangeResponse Decode(RangeReply reply)
    {
        using (reply)
        {
            var body = new ArrayBufferWriter<byte>();
            while (reply.WriteNext(body, maxBytes: 100))
            {
            }
            Assert.Equal(reply.BodyBytes, body.WrittenCount);
            RangeResponse response = RangeResponse.Parser.ParseFrom(body.WrittenSpan);
            Assert.Equal((reply.Count, reply.More), (response.Count, response.More));
            response.Header = new ResponseHeader { Revision = reply.Revision };
            return response;
        }
    }

    public void Reopen()
    {
        Store.Dispose();
        Backend.Dispose();
        Leases.Forget();
        Backend = BackendFixture.Open(Disk);
        _index = Backend.ConsistentIndex;
        Store = MvccStore.Open(Backend, Leases, _options);
    }

    public void Dispose()
    {
        Store.Dispose();
        Backend.Dispose();
    }

    public static byte[] Bytes(IMessage message) => message.ToByteArray();

    private static ApplyResult? Refusal(EtcdError? error) => error is null ? null : ApplyResult.Refused(error);
}
