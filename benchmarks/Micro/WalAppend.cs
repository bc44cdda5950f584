using BenchmarkDotNet.Attributes;
using Etcd.Foundation.Files;
using Etcd.Protocol.Raft;
using Etcd.Wal;

namespace Etcd.Benchmarks.Micro;

/// <summary>One batch of entries into the write-ahead log: one write, one fdatasync.</summary>
[InProcess]
[MemoryDiagnoser]
public class WalAppend
{
    private const int DataBytes = 300;

    private readonly Scratch _folder = new();
    private WriteAheadLog? _log;
    private Entry[] _entries = [];
    private ulong _last;

    [Params(1, 100)]
    public int EntriesPerBatch { get; set; }

    [Params(true, false)]
    public bool Fsync { get; set; }

    [GlobalSetup]
    public void Open()
    {
        _log = WriteAheadLog.Create(RealFileSystem.Instance, _folder.Combine("wal"), [], new WalOptions { NoFsync = !Fsync });
        _entries = new Entry[EntriesPerBatch];
    }

    [Benchmark]
    public void Save()
    {
        for (int i = 0; i < _entries.Length; i++)
            _entries[i] = new Entry(1, ++_last, EntryType.Normal, s_data);
        _log!.Save(new HardState(1, 1, _last - (ulong)_entries.Length), _entries);
    }

    [GlobalCleanup]
    public void Close()
    {
        _log!.Dispose();
        _folder.Dispose();
    }

    private static readonly byte[] s_data = new byte[DataBytes];
}
