using Etcd.Foundation.Files;
using Etcd.Protocol.Rpc;
using Etcd.Store.Backend;
using Etcd.Store.Lease;
using Etcd.Store.Mvcc;
using Google.Protobuf;

namespace Etcd.Benchmarks.Micro;

/// <summary>A key space of its own on the real disk, with as many keys as asked for.</summary>
internal sealed class StoreRoom : IDisposable
{
    private readonly Scratch _folder = new();
    private readonly BatchingBackend _backend;

    public StoreRoom(int keys)
    {
        _backend = BatchingBackend.Open(RealFileSystem.Instance, _folder.Combine("db"), new BackendOptions(), TimeProvider.System);
        _backend.StartCommitThread();
        Store = MvccStore.Open(_backend, new Lessor(_backend, new LessorOptions { MinimumTtlSeconds = 2, ExpiredRetryInterval = TimeSpan.FromSeconds(3) }), new MvccOptions());
        for (int key = 0; key < keys; key++)
            Store.Put(Put(key));
        Store.Publish();
    }

    public MvccStore Store { get; }

    public static byte[] Put(int key) => new PutRequest { Key = Key(key), Value = ByteString.CopyFrom(new byte[256]) }.ToByteArray();

    public static ByteString Key(int key) => ByteString.CopyFromUtf8($"registry/pods/default/{key:D8}");

    public void Dispose()
    {
        Store.Dispose();
        _backend.Dispose();
        _folder.Dispose();
    }
}
