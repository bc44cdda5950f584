using Etcd.Protocol.Wire;

namespace Etcd.Store.Watch;

/// <summary>Encodes one event as the <c>events</c> field (11) of a WatchResponse, tag and length included.</summary>
internal static class EventEncoding
{
    private const int EventsField = 11;
    private const int TypeField = 1;
    private const int KeyValueField = 2;
    private const int PreviousField = 3;
    private const int ModRevisionField = 3;
    private const int DeleteType = 1;

    /// <param name="isDelete">Type of the event.</param>
    /// <param name="record">The stored record: of a put the whole pair, of a deletion the key alone.</param>
    /// <param name="modRevision">Main revision; a deletion's record lacks it.</param>
    /// <param name="previous">The pair that was there before; empty if there was none or nobody asked.</param>
    public static byte[] Encode(bool isDelete, ReadOnlySpan<byte> record, long modRevision, ReadOnlySpan<byte> previous)
    {
        // Fields ascend in a KeyValue and the key comes first, so the revision can simply be put behind it.
        int pairBytes = record.Length + (isDelete ? WireWriter.OptionalSize(ModRevisionField, modRevision) : 0);
        int eventBytes = WireWriter.OptionalSize(TypeField, isDelete ? DeleteType : 0)
            + WireWriter.BytesFieldSize(KeyValueField, pairBytes)
            + WireWriter.OptionalBytesSize(PreviousField, previous.Length);
        byte[] encoded = new byte[WireWriter.BytesFieldSize(EventsField, eventBytes)];
        var writer = new WireWriter(encoded);
        writer.WriteLength(EventsField, eventBytes);
        writer.WriteOptional(TypeField, isDelete ? DeleteType : 0);
        writer.WriteLength(KeyValueField, pairBytes);
        writer.WriteRaw(record);
        if (isDelete)
            writer.WriteOptional(ModRevisionField, modRevision);
        writer.WriteOptional(PreviousField, previous);
        return encoded;
    }
}
