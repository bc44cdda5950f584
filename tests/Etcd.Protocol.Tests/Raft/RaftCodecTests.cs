using Etcd.Protocol.Raft;
using Etcd.Protocol.Wire;

namespace Etcd.Protocol.Tests.Raft;

/// <summary>Bytes marked "golden" were written by real servers (tests/Golden, spec disk §8.1 and peer §5).</summary>
public sealed class RaftCodecTests
{
    [Theory]
    [InlineData(WireDialect.Gogo, "080010021802")] // golden 3.4: the no-op of a new leader
    [InlineData(WireDialect.Gogo36, "080010021802")]
    [InlineData(WireDialect.V37, "10021802")] // golden 3.7
    public void Entry_NoOp_BytesOfTheDialect(WireDialect dialect, string expected) =>
        AssertEntry(new Entry(2, 2, EntryType.Normal, default), dialect, expected);

    [Theory]
    [InlineData(WireDialect.Gogo, "0800100018002201ff")]
    [InlineData(WireDialect.V37, "2201ff")]
    public void Entry_Proposal_ZerosOnlyInGogo(WireDialect dialect, string expected) =>
        AssertEntry(new Entry(0, 0, EntryType.Normal, new byte[] { 0xFF }), dialect, expected);

    [Theory]
    [InlineData(WireDialect.Gogo)]
    [InlineData(WireDialect.V37)]
    public void Entry_Largest_FitsMaxHeadSize(WireDialect dialect)
    {
        var entry = new Entry(ulong.MaxValue, ulong.MaxValue, (EntryType)(-1), new byte[70_000]);
        byte[] head = new byte[EntryCodec.MaxHeadSize];
        var writer = new WireWriter(head);
        EntryCodec.WriteHead(entry, dialect, ref writer);
        Assert.Equal(EntryCodec.Size(entry, dialect), writer.BytesWritten + entry.Data.Length);
    }

    [Fact]
    public void Entry_Read_SharesTheInput()
    {
        byte[] bytes = Convert.FromHexString("10021803" + "2203" + "616263");
        Entry entry = EntryCodec.Read(bytes);
        bytes[^1] = (byte)'z';
        Assert.Equal("abz"u8, entry.Data.Span);
    }

    [Fact]
    public void HardState_Golden_SameBytes()
    {
        byte[] bytes = Convert.FromHexString("0802109ba7d087eebbbada82011802");
        HardState state = HardStateCodec.Read(bytes);
        Assert.Equal(new HardState(2, 9418409864204653467, 2), state);
        byte[] written = new byte[HardStateCodec.MaxSize];
        var writer = new WireWriter(written);
        HardStateCodec.Write(state, ref writer);
        Assert.Equal(bytes, written[..writer.BytesWritten]);
        var largest = new HardState(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue);
        writer = new WireWriter(written);
        HardStateCodec.Write(largest, ref writer);
        Assert.Equal(largest, HardStateCodec.Read(written));
    }

    [Fact]
    public void ConfState_PackedAndUnpacked_ReadTheSame()
    {
        ConfState unpacked = ConfStateCodec.Read(Convert.FromHexString("0801" + "08ac02" + "1003" + "2801"));
        ConfState packed = ConfStateCodec.Read(Convert.FromHexString("0a0301ac02" + "120103" + "2801"));
        Assert.Equal(unpacked, packed);
        Assert.Equal([1ul, 300], packed.Voters);
        Assert.Equal([3ul], packed.Learners);
        Assert.True(packed.AutoLeave);
    }

    [Fact]
    public void Snapshot_WithAllFields_RoundTrips()
    {
        var confState = new ConfState { Voters = [1, 2], Learners = [3], VotersOutgoing = [4, 5], LearnersNext = [5], AutoLeave = true };
        var snapshot = new Snapshot(new SnapshotMetadata(confState, 77, 5), "{}"u8.ToArray());
        Snapshot read = SnapshotCodec.Read(SnapshotCodec.Encode(snapshot));
        Assert.Equal(snapshot.Metadata, read.Metadata);
        Assert.Equal(snapshot.Data.Span, read.Data.Span);
    }

    [Theory]
    [InlineData(WireDialect.Gogo, "0800" + "1000" + "1801" + "220161")] // golden 3.4 bootstrap entry, id and context shortened
    [InlineData(WireDialect.V37, "1000" + "1801" + "220161")] // golden 3.7
    public void ConfChange_Bootstrap_BytesOfTheDialect(WireDialect dialect, string expected)
    {
        var change = new ConfChange(0, ConfChangeType.AddNode, 1, "a"u8.ToArray());
        byte[] bytes = ConfChangeCodec.Encode(change, dialect);
        Assert.Equal(expected, Convert.ToHexStringLower(bytes));
        ConfChange read = ConfChangeCodec.Read(bytes);
        Assert.Equal(change with { Context = default }, read with { Context = default });
        Assert.Equal(change.Context.Span, read.Context.Span);
    }

    [Theory]
    [InlineData(WireDialect.Gogo, "0800")]
    [InlineData(WireDialect.V37, "")]
    public void ConfChangeV2_LeaveJoint_BytesOfTheDialect(WireDialect dialect, string expected) =>
        Assert.Equal(expected, Convert.ToHexStringLower(ConfChangeV2Codec.Encode(new ConfChangeV2(ConfChangeTransition.Auto, [], default), dialect)));

    [Fact]
    public void ConfChangeV2_Changes_RoundTrip()
    {
        var change = new ConfChangeV2(
            ConfChangeTransition.JointExplicit,
            [new ConfChangeSingle(ConfChangeType.AddNode, 1), new ConfChangeSingle(ConfChangeType.AddLearnerNode, ulong.MaxValue)],
            "ctx"u8.ToArray());
        foreach (WireDialect dialect in Enum.GetValues<WireDialect>())
        {
            ConfChangeV2 read = ConfChangeV2Codec.Read(ConfChangeV2Codec.Encode(change, dialect));
            Assert.Equal(change.Transition, read.Transition);
            Assert.Equal(change.Changes, read.Changes);
            Assert.Equal(change.Context.Span, read.Context.Span);
        }
    }

    [Fact]
    public void MemberMetadata_Golden_SameBytes()
    {
        byte[] bytes = Convert.FromHexString("089ba7d087eebbbada820110bff79092dfd999f5fa01");
        MemberMetadata metadata = MemberMetadata.Read(bytes);
        Assert.Equal(new MemberMetadata(0x82b4e9dee0f4139b, 0xfaea66cdf2443bbf), metadata);
        Assert.Equal(bytes, metadata.Encode());
        Assert.Equal("08001000", Convert.ToHexStringLower(default(MemberMetadata).Encode()));
    }

    private static void AssertEntry(Entry entry, WireDialect dialect, string expected)
    {
        byte[] bytes = new byte[EntryCodec.Size(entry, dialect)];
        var writer = new WireWriter(bytes);
        EntryCodec.Write(entry, dialect, ref writer);
        Assert.Equal(expected, Convert.ToHexStringLower(bytes));
        Assert.Equal(bytes.Length, writer.BytesWritten);
        Entry read = EntryCodec.Read(bytes);
        Assert.Equal(entry with { Data = default }, read with { Data = default });
        Assert.Equal(entry.Data.Span, read.Data.Span);
    }
}
