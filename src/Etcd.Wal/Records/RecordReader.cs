using System.Buffers.Binary;
using Etcd.Foundation;
using Etcd.Protocol.Wire;
using Etcd.Wal.Segments;

namespace Etcd.Wal.Records;

/// <summary>Reads the records of consecutive segments and verifies the chain of checksums (spec disk §2.2, §2.7).</summary>
/// <remarks>Every way a record can be unreadable ends in one of three answers:
/// <list type="bullet">
/// <item>the end: nothing, or a length word of zero, in the last segment;</item>
/// <item><see cref="Torn"/>: the last segment ends in a record that was being written when the machine stopped;</item>
/// <item><see cref="CorruptException"/>: anything else. Records that were acknowledged may be behind it.</item>
/// </list></remarks>
internal sealed class RecordReader
{
    private readonly IReadOnlyList<Segment> _segments;
    private int _current;
    private FileWindow _window;

    /// <param name="segments">At least one.</param>
    public RecordReader(IReadOnlyList<Segment> segments)
    {
        _segments = segments;
        _window = new FileWindow(segments[0].File);
    }

    /// <summary>Running checksum after the last record read.</summary>
    public uint Crc { get; private set; }

    /// <summary>End of the last good record in the segment being read; in the last segment once all was read.</summary>
    public long EndOffset { get; private set; }

    /// <summary>Not null after <see cref="TryRead"/> returned false because of a half-written record.</summary>
    public TornTail? Torn { get; private set; }

    /// <summary>The segment being read.</summary>
    public string Path => Current.Path;

    private Segment Current => _segments[_current];

    private bool IsLastSegment => _current == _segments.Count - 1;

    /// <summary>Reads the next record.</summary>
    /// <returns>False at the end of the log and before a torn record.</returns>
    /// <exception cref="CorruptException">A record is damaged.</exception>
    public bool TryRead(out WalRecord record)
    {
        record = default;
        if (Torn is not null)
            return false;
        ulong lengthWord;
        while ((lengthWord = ReadLengthWord()) == 0)
        {
            if (Torn is not null)
                return false;
            RefuseLostLength();
            if (IsLastSegment)
                return false;
            _current++;
            _window = new FileWindow(Current.File);
            EndOffset = 0;
        }
        return TryReadBody(lengthWord, out record);
    }

    /// <summary>The data of the last record stays valid for as long as somebody holds it.</summary>
    public void KeepData() => _window.Keep();

    /// <returns>Zero at the end of the segment, or if the word itself is torn.</returns>
    private ulong ReadLengthWord()
    {
        long left = _window.Length - EndOffset;
        if (left == 0)
            return 0;
        if (left < FrameLength.Size)
        {
            TornOrThrow(TornText, $"{left} bytes where a record should begin");
            return 0;
        }
        return BinaryPrimitives.ReadUInt64LittleEndian(_window.Slice(EndOffset, FrameLength.Size).Span);
    }

    private bool TryReadBody(ulong lengthWord, out WalRecord record)
    {
        record = default;
        FrameLength length = FrameLength.Decode(lengthWord);
        long limit = _window.Length - EndOffset - length.PadBytes; // Compat: as etcd counts, without the length word.
        if (length.RecordBytes > limit || length.FrameBytes > _window.Length - EndOffset || length.BodyBytes > Array.MaxLength)
        {
            string error = length.RecordBytes > limit
                ? $"{TornText}: [wal] max entry size limit exceeded when reading \"{Current.Name}\", recBytes: {length.RecordBytes}, "
                    + $"fileSize({_window.Length}) - offset({EndOffset}) - padBytes({length.PadBytes}) = entryLimit({limit})"
                : TornText;
            RefuseDamagedLength(lengthWord, error);
            TornOrThrow(error, "the record is longer than the rest of the segment");
            return false;
        }
        ReadOnlyMemory<byte> body = _window.Slice(EndOffset + FrameLength.Size, (int)length.BodyBytes);
        (string Error, string TornError)? failure = Verify(body[..(int)length.RecordBytes], out record);
        if (failure is null)
        {
            // With wrong padding the next record would seem to begin elsewhere; etcd reads on and blames that one.
            if (length != FrameLength.For((int)length.RecordBytes))
                throw Corrupt($"wal: the length word {lengthWord:x16} of an intact record has the wrong padding");
            EndOffset += length.FrameBytes;
            return true;
        }
        if (!IsLastSegment || !DamageExam.HasZeroSector(_window, EndOffset + FrameLength.Size, body.Length))
            throw Corrupt(failure.Value.Error);
        RefuseDamagedLength(lengthWord, failure.Value.Error);
        TornOrThrow(failure.Value.TornError, failure.Value.Error);
        return false;
    }

    /// <returns>Null if the record is good.</returns>
    private (string Error, string TornError)? Verify(ReadOnlyMemory<byte> bytes, out WalRecord record)
    {
        record = default;
        RecordType type;
        uint crc;
        ReadOnlyMemory<byte> data;
        try
        {
            (type, crc, data) = RecordCodec.Read(bytes);
        }
        catch (WireFormatException e)
        {
            return ($"wal: not a walpb.Record: {e.Message}: in file '{Current.Name}' at position: {EndOffset}", TornText);
        }
        if (EndOffset == 0 && type != RecordType.Crc)
            return ($"wal: the segment begins with a record of type {(int)type} instead of {(int)RecordType.Crc}, the checksum", TornText);
        if (type == RecordType.Crc)
        {
            // The first record of a segment repeats the checksum of the one before; a reader that starts in the middle takes it over.
            if (Crc != 0 && crc != Crc)
                return (CrcMismatch(crc, Crc), TornText);
            Crc = crc;
        }
        else
        {
            uint computed = Crc32C.Update(Crc, data.Span);
            if (computed != crc)
                return (CrcMismatch(crc, computed), TornText);
            Crc = computed;
        }
        record = new WalRecord(type, crc, data, Current.Path, EndOffset);
        return null;
    }

    /// <summary>Throws if the length word is provably wrong and good records would be lost with it.</summary>
    /// <remarks>etcd since 3.5.5 takes such a word for a torn tail and cuts off everything behind it (spec disk §12, trap 6).</remarks>
    private void RefuseDamagedLength(ulong lengthWord, string error)
    {
        if (IsLastSegment && DamageExam.FindProof(_window, EndOffset, lengthWord, Crc) is { } proof)
            throw Corrupt($"wal: the length word {lengthWord:x16} of a record is damaged, and this is no torn tail: {proof} ({error})");
    }

    /// <summary>Throws if the log seems to end here only because a length word became zero.</summary>
    private void RefuseLostLength()
    {
        if (DamageExam.IsLengthLost(_window, EndOffset, Crc))
            throw Corrupt("wal: the length word of an intact record is zero: the log seems to end in front of it, but does not");
    }

    private void TornOrThrow(string error, string what)
    {
        if (!IsLastSegment)
            throw Corrupt($"wal: {what}, and more segments follow ({error})");
        Torn = new TornTail(Current.Path, EndOffset, error);
    }

    private string CrcMismatch(uint expected, uint computed) =>
        $"walpb: crc mismatch: expected: {expected:x} computed: {computed:x}: in file '{Current.Name}' at position: {EndOffset}";

    private CorruptException Corrupt(string message) => new(Current.Path, EndOffset, message);

    private const string TornText = "unexpected EOF";
}
