using Etcd.Foundation;
using Etcd.Protocol.Raft;
using Etcd.Raft.Tests.Support;

namespace Etcd.Raft.Tests.Storage;

public sealed class MemoryStorageTests
{
    [Theory]
    [InlineData(3ul, "2 2", "1 1 2 2")]
    [InlineData(4ul, "2", "1 1 1 2")]
    [InlineData(1ul, "2", "2")]
    [InlineData(2ul, "1 1 1 1", "1 1 1 1 1")]
    public void Append_AtAnIndex_ReplacesFromThere(ulong from, string terms, string expected)
    {
        MemoryStorage storage = Make(1, 1, 1);

        storage.Append(Entries(from, terms));

        Assert.Equal(expected, Terms(storage));
    }

    [Fact]
    public void Append_OverCompactedPart_KeepsOnlyWhatFollows()
    {
        MemoryStorage storage = Make(1, 1, 1, 1);
        storage.Compact(2);

        storage.Append(Entries(1, "2 2 2"));
        Assert.Equal("2", Terms(storage));

        storage.Append(Entries(1, "3 3"));
        Assert.Equal("2", Terms(storage));
    }

    [Fact]
    public void Append_LeavingAGap_StopsMember() =>
        Assert.Throws<InvariantException>(() => Make(1, 1).Append(Entries(4, "1")));

    [Fact]
    public void Entries_HandedOut_SurviveLaterChanges()
    {
        MemoryStorage storage = Make(1, 1, 1);
        storage.Entries(2, 4, ulong.MaxValue, out ReadOnlyMemory<Entry> held);

        storage.Append(Entries(2, "5 5 5"));
        storage.Compact(3);
        storage.Append(Entries(5, "6"));

        Assert.Equal([1ul, 1], held.ToArray().Select(entry => entry.Term));
    }

    [Fact]
    public void Compact_Twice_IsRefusedTheSecondTime()
    {
        MemoryStorage storage = Make(1, 2, 3);

        Assert.Null(storage.Compact(2));

        Assert.Equal(RaftError.Compacted, storage.Compact(2));
        Assert.Equal((3ul, 3ul), (storage.FirstIndex, storage.LastIndex));
        Assert.True(storage.Term(2, out ulong term) is null && term == 2);
        Assert.Equal(RaftError.Compacted, storage.Entries(2, 4, ulong.MaxValue, out _));
        Assert.Throws<InvariantException>(() => storage.Compact(9));
    }

    [Fact]
    public void ApplySnapshot_Newer_ReplacesTheLog()
    {
        MemoryStorage storage = Make(1, 1, 1);
        var config = new ConfState { Voters = [1, 2] };

        Assert.Null(storage.ApplySnapshot(new Snapshot(new SnapshotMetadata(config, 9, 4), default)));

        Assert.Equal((10ul, 9ul), (storage.FirstIndex, storage.LastIndex));
        Assert.Equal(config, storage.InitialState().ConfState);
        Assert.Equal(RaftError.SnapshotOutOfDate, storage.ApplySnapshot(new Snapshot(new SnapshotMetadata(config, 9, 4), default)));
        Assert.Equal(RaftError.Unavailable, storage.Term(10, out _));
    }

    [Fact]
    public void CreateSnapshot_KeepsTheLogAndRemembersItsPlace()
    {
        MemoryStorage storage = Make(1, 2, 3);

        Assert.Null(storage.CreateSnapshot(2, new ConfState { Voters = [7] }, new byte[] { 1 }, out Snapshot snapshot));

        Assert.Equal((2ul, 2ul, 7ul), (snapshot.Metadata.Index, snapshot.Metadata.Term, snapshot.Metadata.ConfState.Voters[0]));
        Assert.Equal("1 2 3", Terms(storage));
        Assert.Equal(RaftError.SnapshotOutOfDate, storage.CreateSnapshot(2, null, default, out _));
        Assert.Null(storage.CreateSnapshot(3, null, default, out Snapshot next));
        Assert.Equal([7ul], next.Metadata.ConfState.Voters);
    }

    private static MemoryStorage Make(params ulong[] terms)
    {
        var storage = new MemoryStorage();
        storage.Append(TestNode.Entries(terms));
        return storage;
    }

    private static Entry[] Entries(ulong from, string terms) =>
        [.. terms.Split(' ').Select((term, at) => new Entry(ulong.Parse(term), from + (ulong)at, EntryType.Normal, default))];

    private static string Terms(MemoryStorage storage)
    {
        storage.Entries(storage.FirstIndex, storage.LastIndex + 1, ulong.MaxValue, out ReadOnlyMemory<Entry> entries);
        return string.Join(' ', entries.ToArray().Select(entry => entry.Term));
    }
}
