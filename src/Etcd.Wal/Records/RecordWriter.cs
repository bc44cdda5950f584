using System.Buffers.Binary;
using Etcd.Foundation;
using Etcd.Protocol.Raft;
using Etcd.Protocol.Wire;

namespace Etcd.Wal.Records;

/// <summary>Encodes records into one reusable buffer, which the log writes at once.</summary>
/// <param name="crc">Running checksum of the data of all records before the first one written here.</param>
internal sealed class RecordWriter(uint crc)
{
    private const int InitialBytes = 64 * 1024;
    private const int MaxKeptBytes = 4 * 1024 * 1024;

    private byte[] _buffer = new byte[InitialBytes];
    private int _length;

    /// <summary>Running checksum after the last record.</summary>
    public uint Crc { get; private set; } = crc;

    /// <summary>Whole frames that nobody wrote yet.</summary>
    public ReadOnlySpan<byte> Pending => _buffer.AsSpan(0, _length);

    public void AppendCrc() => AppendFrame(RecordType.Crc, default, default);

    public void AppendMetadata(ReadOnlySpan<byte> metadata) => Append(RecordType.Metadata, metadata, default);

    public void AppendSnapshot(in WalSnapshot snapshot) => Append(RecordType.Snapshot, snapshot.Encode(), default);

    public void AppendState(in HardState state)
    {
        Span<byte> bytes = stackalloc byte[HardStateCodec.MaxSize];
        var writer = new WireWriter(bytes);
        HardStateCodec.Write(state, ref writer);
        Append(RecordType.State, bytes[..writer.BytesWritten], default);
    }

    public void AppendEntry(in Entry entry, WireDialect dialect)
    {
        Span<byte> head = stackalloc byte[EntryCodec.MaxHeadSize];
        var writer = new WireWriter(head);
        EntryCodec.WriteHead(entry, dialect, ref writer);
        Append(RecordType.Entry, head[..writer.BytesWritten], entry.Data.Span);
    }

    /// <summary>Forgets what is pending, because it was written.</summary>
    public void Clear()
    {
        _length = 0;
        if (_buffer.Length > MaxKeptBytes)
            _buffer = new byte[InitialBytes];
    }

    // Data in two parts, so that an entry's payload is copied once, from where the proposal left it.
    private void Append(RecordType type, ReadOnlySpan<byte> dataHead, ReadOnlySpan<byte> dataRest)
    {
        Crc = Crc32C.Update(Crc32C.Update(Crc, dataHead), dataRest);
        AppendFrame(type, dataHead, dataRest);
    }

    private void AppendFrame(RecordType type, ReadOnlySpan<byte> dataHead, ReadOnlySpan<byte> dataRest)
    {
        int dataBytes = dataHead.Length + dataRest.Length;
        FrameLength length = FrameLength.For(RecordCodec.Size(type, Crc, dataBytes));
        int frameBytes = checked((int)length.FrameBytes);
        Reserve(frameBytes);
        Span<byte> frame = _buffer.AsSpan(_length, frameBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(frame, length.Encode());
        var writer = new WireWriter(frame[FrameLength.Size..]);
        RecordCodec.WriteHead(type, Crc, dataBytes, ref writer);
        writer.WriteRaw(dataHead);
        writer.WriteRaw(dataRest);
        frame[^length.PadBytes..].Clear(); // The buffer is dirty; old bytes must not reach the disk.
        _length += frameBytes;
    }

    private void Reserve(int bytes)
    {
        int needed = checked(_length + bytes);
        if (needed > _buffer.Length)
            Array.Resize(ref _buffer, Math.Max(needed, (int)Math.Min(Array.MaxLength, 2L * _buffer.Length)));
    }
}
