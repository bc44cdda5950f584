using Etcd.Foundation;
using Etcd.Protocol.Raft;
using Etcd.Raft.Tests.Support;

namespace Etcd.Raft.Tests.Log;

public sealed class RaftLogTests
{
    [Fact]
    public void TryAppend_ConflictsWithCommittedEntry_StopsMember()
    {
        RaftLog log = Make(stable: [1, 1], unstable: []);
        log.CommitTo(2);

        var error = Assert.Throws<InvariantException>(() => log.TryAppend(default, [new Entry(2, 1, EntryType.Normal, default)], 0, out _));

        Assert.Equal("entry 1 conflict with committed entry [committed(2)]", error.Message);
    }

    [Fact]
    public void CommitTo_PastTheEnd_StopsMember()
    {
        RaftLog log = Make(stable: [1], unstable: []);

        var error = Assert.Throws<InvariantException>(() => log.CommitTo(2));

        Assert.Equal("tocommit(2) is out of range [lastIndex(1)]. Was the raft log corrupted, truncated, or lost?", error.Message);
    }

    [Fact]
    public void CommitTo_Less_IsIgnored()
    {
        RaftLog log = Make(stable: [1, 1], unstable: []);
        log.CommitTo(2);

        log.CommitTo(1);

        Assert.Equal(2ul, log.Committed);
    }

    [Theory]
    [InlineData("1 2 2 5 5", 5ul, 4ul, "2/3")]
    [InlineData("1 2 2 5 5", 5ul, 5ul, "5/5")]
    [InlineData("1 2 2 5 5", 3ul, 1ul, "1/1")]
    [InlineData("2 2 2", 3ul, 1ul, "0/0")]
    [InlineData("1 2", 9ul, 2ul, "0/9")] // Beyond the end nothing is known.
    public void FindConflictByTerm_SkipsWhatCannotMatch(string terms, ulong index, ulong term, string expected)
    {
        RaftLog log = Make([.. terms.Split(' ').Select(ulong.Parse)], unstable: []);

        EntryId found = log.FindConflictByTerm(index, term);

        Assert.Equal(expected, $"{found.Term}/{found.Index}");
    }

    [Fact]
    public void Slice_AnyRange_EqualsTheSameRangeOfAList()
    {
        for (int stableCount = 0; stableCount <= 4; stableCount++)
        {
            for (int unstableCount = 0; unstableCount <= 4; unstableCount++)
            {
                Entry[] all = TestNode.Entries([.. Enumerable.Repeat(1ul, stableCount + unstableCount)]);
                RaftLog log = Make([.. Enumerable.Repeat(1ul, stableCount)], [.. Enumerable.Repeat(1ul, unstableCount)]);
                for (int lo = 1; lo <= all.Length + 1; lo++)
                {
                    for (int hi = lo; hi <= all.Length + 1; hi++)
                    {
                        foreach (ulong maxBytes in (ulong[])[0, 12, 30, ulong.MaxValue])
                        {
                            Assert.Null(log.Slice((ulong)lo, (ulong)hi, maxBytes, out ReadOnlyMemory<Entry> entries));
                            Assert.Equal(Limited(all[(lo - 1)..(hi - 1)], maxBytes).Select(entry => entry.Index), entries.ToArray().Select(entry => entry.Index));
                        }
                    }
                }
            }
        }
    }

    [Fact]
    public void Slice_CompactedPart_IsRefused()
    {
        MemoryStorage storage = Storage([1, 1, 1]);
        storage.Compact(2);
        var log = new RaftLog(storage, new RaftLines(null), ulong.MaxValue);

        Assert.Equal(RaftError.Compacted, log.Slice(2, 4, ulong.MaxValue, out _));
        Assert.Equal(RaftError.Compacted, log.Term(1, out _));
        Assert.Null(log.Term(2, out _)); // The last compacted entry's term is kept to check appends against.
        Assert.Equal(RaftError.Unavailable, log.Term(4, out _));
    }

    [Fact]
    public void NextCommittedEntries_BeyondTheBound_WaitUntilTheFirstAreApplied()
    {
        // Entries of 3 bytes are 11 bytes encoded: two fit into 25.
        var log = new RaftLog(Storage([1, 1, 1, 1, 1]), new RaftLines(null), maxApplyingBytes: 25);
        log.CommitTo(5);

        ReadOnlyMemory<Entry> first = log.NextCommittedEntries(allowUnstable: true);
        Assert.Equal([1ul, 2], first.ToArray().Select(entry => entry.Index));
        log.AcceptApplying(2, EntrySize.Encoded(first.Span), allowUnstable: true);
        Assert.False(log.HasNextCommittedEntries(allowUnstable: true));

        log.AppliedTo(2, EntrySize.Encoded(first.Span));
        Assert.Equal([3ul, 4], log.NextCommittedEntries(allowUnstable: true).ToArray().Select(entry => entry.Index));
    }

    [Theory]
    [InlineData(true, 3)]
    [InlineData(false, 1)]
    public void NextCommittedEntries_NotSavedYet_OnlyIfAllowed(bool allowUnstable, int count)
    {
        RaftLog log = Make(stable: [1], unstable: [1, 1]);
        log.CommitTo(3);

        Assert.Equal(count, log.NextCommittedEntries(allowUnstable).Length);
    }

    private static Entry[] Limited(Entry[] entries, ulong maxBytes)
    {
        ulong bytes = 0;
        return [.. entries.TakeWhile((entry, at) => (bytes += EntrySize.Encoded(entry)) <= maxBytes || at == 0)];
    }

    private static MemoryStorage Storage(ulong[] terms)
    {
        var storage = new MemoryStorage();
        storage.Append(TestNode.Entries(terms));
        return storage;
    }

    private static RaftLog Make(ulong[] stable, ulong[] unstable)
    {
        var log = new RaftLog(Storage(stable), new RaftLines(null), ulong.MaxValue);
        log.Append(TestNode.Entries([.. stable, .. unstable]).AsSpan(stable.Length));
        return log;
    }
}
