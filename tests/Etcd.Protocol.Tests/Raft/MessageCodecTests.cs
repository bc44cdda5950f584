using Etcd.Protocol.Raft;
using Etcd.Protocol.Wire;

namespace Etcd.Protocol.Tests.Raft;

public sealed class MessageCodecTests
{
    // Spec peer §5: the empty snapshot that etcd 3.4 and 3.5 put into every message.
    private const string EmptySnapshot = "4a0a12080a02280010001800";

    [Theory]
    [InlineData(WireDialect.Gogo, "0808" + "1002" + "1801" + "2003" + "2800" + "3000" + "4007" + EmptySnapshot + "5000" + "5800")]
    [InlineData(WireDialect.Gogo36, "0808" + "1002" + "1801" + "2003" + "2800" + "3000" + "4007" + "5000" + "5800" + "6800")]
    [InlineData(WireDialect.V37, "0808" + "1002" + "1801" + "2003" + "4007")]
    public void Write_Heartbeat_BytesOfTheDialect(WireDialect dialect, string expected)
    {
        var message = new Message { Type = MessageType.Heartbeat, To = 2, From = 1, Term = 3, Commit = 7 };
        byte[] bytes = MessageCodec.Encode(message, dialect);
        Assert.Equal(expected, Convert.ToHexStringLower(bytes));
        Message read = MessageCodec.Read(bytes);
        Assert.Equal(message with { Entries = read.Entries, Responses = read.Responses }, read);
        Assert.Empty(read.Entries);
    }

    [Fact]
    public void Write_EveryField_ReadsBackInEveryDialect()
    {
        var confState = new ConfState { Voters = [1, 2, 3] };
        var message = new Message
        {
            Type = MessageType.Snap,
            To = 1,
            From = ulong.MaxValue,
            Term = 3,
            LogTerm = 4,
            Index = 5,
            Entries = [new Entry(1, 1, EntryType.Normal, "one"u8.ToArray()), new Entry(1, 2, EntryType.ConfChange, "two"u8.ToArray())],
            Commit = 6,
            Snapshot = new Snapshot(new SnapshotMetadata(confState, 8, 2), "state"u8.ToArray()),
            Reject = true,
            RejectHint = 9,
            Context = "ctx"u8.ToArray(),
            Vote = 10,
            Responses = [new Message { Type = MessageType.AppResp, To = 4 }],
        };
        foreach (WireDialect dialect in Enum.GetValues<WireDialect>())
        {
            Message read = MessageCodec.Read(MessageCodec.Encode(message, dialect));
            Assert.Equal(message.Entries.Select(Show), read.Entries.Select(Show));
            Assert.Equal(message.Snapshot.Metadata, read.Snapshot!.Metadata);
            Assert.Equal("state"u8, read.Snapshot.Data.Span);
            Assert.Equal("ctx"u8, read.Context.Span);
            Message response = Assert.Single(read.Responses);
            Assert.Equal((MessageType.AppResp, 4ul), (response.Type, response.To));
            Message scalars = message with { Entries = read.Entries, Snapshot = read.Snapshot, Context = read.Context, Responses = read.Responses };
            Assert.Equal(dialect == WireDialect.Gogo ? scalars with { Vote = 0 } : scalars, read); // 3.4 and 3.5 know no vote field.
        }
    }

    [Theory]
    [InlineData("0807" + EmptySnapshot, true)]
    [InlineData("0807", true)]
    [InlineData("0803" + EmptySnapshot, false)]
    [InlineData("0803", false)]
    public void Read_EmptySnapshot_OnlyASnapMessageHasOne(string hex, bool hasSnapshot)
    {
        Message message = MessageCodec.Read(Convert.FromHexString(hex));
        Assert.Equal(hasSnapshot, message.Snapshot is { IsEmpty: true });
    }

    [Fact]
    public void Read_NestedResponses_BoundedDepth()
    {
        byte[] message = [];
        for (int depth = 0; depth < 4; depth++)
            message = Nest(message);
        MessageCodec.Read(message);
        for (int depth = 0; depth < 5000; depth++)
            message = Nest(message);
        Assert.Throws<WireFormatException>(() => MessageCodec.Read(message));
    }

    private static byte[] Nest(byte[] inner)
    {
        byte[] outer = new byte[WireWriter.BytesFieldSize(14, inner.Length)];
        var writer = new WireWriter(outer);
        writer.WriteField(14, inner);
        return outer;
    }

    private static (ulong, ulong, EntryType, string) Show(Entry entry) => (entry.Term, entry.Index, entry.Type, Convert.ToHexString(entry.Data.Span));
}
