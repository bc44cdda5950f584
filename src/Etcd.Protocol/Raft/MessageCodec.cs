using Etcd.Protocol.Wire;

namespace Etcd.Protocol.Raft;

/// <summary>raftpb.Message: 1 type, 2 to, 3 from, 4 term, 5 logTerm, 6 index, 7 entries*, 8 commit, 9 snapshot, 10 reject,
/// 11 rejectHint, 12 context, 13 vote, 14 responses*.</summary>
public static class MessageCodec
{
    // Only local storage messages have responses, and those have none themselves; a deeper nesting is an attack on the stack.
    private const int MaxResponseDepth = 4;

    private const int TypeField = 1, ToField = 2, FromField = 3, TermField = 4, LogTermField = 5, IndexField = 6, EntriesField = 7,
        CommitField = 8, SnapshotField = 9, RejectField = 10, RejectHintField = 11, ContextField = 12, VoteField = 13, ResponsesField = 14;

    public static int Size(Message message, WireDialect dialect)
    {
        int size = ScalarSize(TypeField, (ulong)message.Type, dialect)
            + ScalarSize(ToField, message.To, dialect)
            + ScalarSize(FromField, message.From, dialect)
            + ScalarSize(TermField, message.Term, dialect)
            + ScalarSize(LogTermField, message.LogTerm, dialect)
            + ScalarSize(IndexField, message.Index, dialect)
            + ScalarSize(CommitField, message.Commit, dialect)
            + ScalarSize(RejectField, message.Reject ? 1UL : 0UL, dialect)
            + ScalarSize(RejectHintField, message.RejectHint, dialect);
        IReadOnlyList<Entry> entries = message.Entries;
        for (int i = 0; i < entries.Count; i++)
            size += WireWriter.BytesFieldSize(EntriesField, EntryCodec.Size(entries[i], dialect));
        if (SnapshotToWrite(message, dialect) is { } snapshot)
            size += WireWriter.BytesFieldSize(SnapshotField, SnapshotCodec.Size(snapshot));
        if (!message.Context.IsEmpty)
            size += WireWriter.BytesFieldSize(ContextField, message.Context.Length);
        if (dialect != WireDialect.Gogo)
            size += ScalarSize(VoteField, message.Vote, dialect);
        for (int i = 0; i < message.Responses.Count; i++)
            size += WireWriter.BytesFieldSize(ResponsesField, Size(message.Responses[i], dialect));
        return size;
    }

    public static void Write(Message message, WireDialect dialect, ref WireWriter writer)
    {
        WriteScalar(TypeField, (ulong)message.Type, dialect, ref writer);
        WriteScalar(ToField, message.To, dialect, ref writer);
        WriteScalar(FromField, message.From, dialect, ref writer);
        WriteScalar(TermField, message.Term, dialect, ref writer);
        WriteScalar(LogTermField, message.LogTerm, dialect, ref writer);
        WriteScalar(IndexField, message.Index, dialect, ref writer);
        IReadOnlyList<Entry> entries = message.Entries;
        for (int i = 0; i < entries.Count; i++)
        {
            Entry entry = entries[i];
            writer.WriteLength(EntriesField, EntryCodec.Size(entry, dialect));
            EntryCodec.Write(entry, dialect, ref writer);
        }
        WriteScalar(CommitField, message.Commit, dialect, ref writer);
        if (SnapshotToWrite(message, dialect) is { } snapshot)
        {
            writer.WriteLength(SnapshotField, SnapshotCodec.Size(snapshot));
            SnapshotCodec.Write(snapshot, ref writer);
        }
        WriteScalar(RejectField, message.Reject ? 1UL : 0UL, dialect, ref writer);
        WriteScalar(RejectHintField, message.RejectHint, dialect, ref writer);
        if (!message.Context.IsEmpty)
            writer.WriteField(ContextField, message.Context.Span);
        if (dialect != WireDialect.Gogo)
            WriteScalar(VoteField, message.Vote, dialect, ref writer);
        for (int i = 0; i < message.Responses.Count; i++)
        {
            writer.WriteLength(ResponsesField, Size(message.Responses[i], dialect));
            Write(message.Responses[i], dialect, ref writer);
        }
    }

    public static byte[] Encode(Message message, WireDialect dialect)
    {
        byte[] bytes = new byte[Size(message, dialect)];
        var writer = new WireWriter(bytes);
        Write(message, dialect, ref writer);
        return bytes;
    }

    /// <summary>Reads a message whose entries, snapshot and context are slices of <paramref name="bytes"/>.</summary>
    /// <remarks>Etcd up to 3.5 sends an empty snapshot in every message; it is read as no snapshot, except in a Snap message.
    /// A Snap message always has a snapshot, if need be an empty one.</remarks>
    /// <exception cref="WireFormatException">The bytes are not a message.</exception>
    public static Message Read(ReadOnlyMemory<byte> bytes) => Read(bytes, depth: 0);

    private static Message Read(ReadOnlyMemory<byte> bytes, int depth)
    {
        if (depth > MaxResponseDepth)
            throw new WireFormatException($"proto: messages are nested more than {MaxResponseDepth} deep");
        ulong kind = 0, to = 0, from = 0, term = 0, logTerm = 0, index = 0, commit = 0, reject = 0, rejectHint = 0, vote = 0;
        int entryCount = CountEntries(bytes.Span);
        Entry[] entries = entryCount == 0 ? [] : new Entry[entryCount];
        int entriesRead = 0;
        Snapshot? snapshot = null;
        ReadOnlyMemory<byte> context = default;
        List<Message>? responses = null;
        var reader = new WireReader(bytes.Span);
        while (reader.TryReadTag(out int field, out WireType type))
        {
            switch (field)
            {
                case TypeField: kind = reader.ReadVarint(type); break;
                case ToField: to = reader.ReadVarint(type); break;
                case FromField: from = reader.ReadVarint(type); break;
                case TermField: term = reader.ReadVarint(type); break;
                case LogTermField: logTerm = reader.ReadVarint(type); break;
                case IndexField: index = reader.ReadVarint(type); break;
                case EntriesField: entries[entriesRead++] = EntryCodec.Read(bytes[reader.ReadRange(type)]); break;
                case CommitField: commit = reader.ReadVarint(type); break;
                case SnapshotField: snapshot = SnapshotCodec.Read(bytes[reader.ReadRange(type)]); break;
                case RejectField: reject = reader.ReadVarint(type); break;
                case RejectHintField: rejectHint = reader.ReadVarint(type); break;
                case ContextField: context = bytes[reader.ReadRange(type)]; break;
                case VoteField: vote = reader.ReadVarint(type); break;
                case ResponsesField: (responses ??= []).Add(Read(bytes[reader.ReadRange(type)], depth + 1)); break;
                default: reader.Skip(type); break;
            }
        }
        var messageType = (MessageType)(int)kind;
        if (messageType == MessageType.Snap)
            snapshot ??= Snapshot.Empty;
        else if (snapshot is { IsEmpty: true })
            snapshot = null;
        return new Message
        {
            Type = messageType,
            To = to,
            From = from,
            Term = term,
            LogTerm = logTerm,
            Index = index,
            Entries = entries,
            Commit = commit,
            Snapshot = snapshot,
            Reject = reject != 0,
            RejectHint = rejectHint,
            Context = context,
            Vote = vote,
            Responses = responses is null ? [] : responses,
        };
    }

    // One pass over the tags, so that a message of many entries allocates its list once and never more than its bytes allow.
    private static int CountEntries(ReadOnlySpan<byte> bytes)
    {
        int count = 0;
        var reader = new WireReader(bytes);
        while (reader.TryReadTag(out int field, out WireType type))
        {
            if (field == EntriesField)
                count++;
            reader.Skip(type);
        }
        return count;
    }

    // Compat: etcd 3.4 and 3.5 cannot leave the snapshot out (spec peer §5).
    private static Snapshot? SnapshotToWrite(Message message, WireDialect dialect) =>
        message.Snapshot ?? (dialect == WireDialect.Gogo ? Snapshot.Empty : null);

    private static int ScalarSize(int field, ulong value, WireDialect dialect) =>
        value != 0 || dialect != WireDialect.V37 ? WireWriter.VarintFieldSize(field, value) : 0;

    private static void WriteScalar(int field, ulong value, WireDialect dialect, ref WireWriter writer)
    {
        if (value != 0 || dialect != WireDialect.V37)
            writer.WriteField(field, value);
    }
}
