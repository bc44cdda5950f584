using Etcd.Protocol.Raft;

namespace Etcd.Raft.Tests.Log;

public sealed class UnstableLogTests
{
    [Fact]
    public void NextEntries_AfterAccept_AreOnlyThoseThatCameLater()
    {
        UnstableLog log = Make(5, 1, 1);
        Assert.Equal("1/5 1/6", Text(log.NextEntries));

        log.AcceptInProgress();
        Assert.Equal("", Text(log.NextEntries));

        log.TruncateAndAppend([Entry(1, 7)]);
        Assert.Equal("1/7", Text(log.NextEntries));
    }

    [Theory]
    [InlineData(1ul, 5ul, "1/6 1/7")]
    [InlineData(1ul, 7ul, "")]
    [InlineData(2ul, 6ul, "1/5 1/6 1/7")] // Replaced meanwhile: another term is there now.
    [InlineData(1ul, 4ul, "1/5 1/6 1/7")] // Not here any more.
    [InlineData(1ul, 8ul, "1/5 1/6 1/7")] // Not here yet.
    public void StableTo_Saved_DropsExactlyThat(ulong term, ulong index, string left)
    {
        UnstableLog log = Make(5, 1, 1, 1);
        log.AcceptInProgress();

        log.StableTo(new EntryId(term, index));

        Assert.Equal(left, Text(log.Slice(log.Offset, log.Offset + (ulong)log.Count)));
        Assert.Equal("", Text(log.NextEntries));
    }

    [Theory]
    [InlineData(8ul, "1/5 1/6 1/7 2/8", 8ul)]
    [InlineData(7ul, "1/5 1/6 2/7", 7ul)]
    [InlineData(6ul, "1/5 2/6", 6ul)]
    [InlineData(5ul, "2/5", 5ul)]
    [InlineData(3ul, "2/3", 3ul)] // Before what is here: storage will be overwritten from there.
    public void TruncateAndAppend_AtAnIndex_ReplacesFromThereAndHandsOutAgain(ulong index, string expected, ulong next)
    {
        UnstableLog log = Make(5, 1, 1, 1);
        log.AcceptInProgress();

        log.TruncateAndAppend([Entry(2, index)]);

        Assert.Equal(expected, Text(log.Slice(log.Offset, log.Offset + (ulong)log.Count)));
        Assert.Equal(next, log.NextEntries[0].Index);
    }

    [Fact]
    public void Slices_HandedOut_NeverChange()
    {
        // The WAL and the state machine read them on their own threads while the log goes on.
        var random = new Random(7);
        UnstableLog log = Make(1, 1);
        List<(ArraySegment<Entry> Slice, string Text)> handedOut = [];
        ulong term = 1;
        for (int i = 0; i < 3000; i++)
        {
            ulong end = log.Offset + (ulong)log.Count;
            if (random.Next(10) == 0)
            {
                ulong from = end - Math.Min(end - 1, (ulong)random.Next(8));
                log.TruncateAndAppend([Entry(++term, from), Entry(term, from + 1)]);
            }
            else if (random.Next(4) == 0 && log.Count > 0)
                log.StableTo(new EntryId(log.Slice(end - 1, end)[0].Term, end - 1));
            else
                log.TruncateAndAppend([.. Enumerable.Range(0, random.Next(1, 40)).Select(at => Entry(term, end + (ulong)at))]);
            handedOut.Add((log.NextEntries, Text(log.NextEntries)));
            log.AcceptInProgress();
        }

        Assert.All(handedOut, entry => Assert.Equal(entry.Text, Text(entry.Slice)));
    }

    [Fact]
    public void Snapshot_Restored_ReplacesEverythingUntilItIsSaved()
    {
        UnstableLog log = Make(5, 1, 1);

        log.Restore(new Snapshot(new SnapshotMetadata(ConfState.Empty, 9, 3), default));

        Assert.True(log.TryLastIndex(out ulong last) && log.TryTerm(9, out ulong term) && (last, term) == (9ul, 3ul));
        Assert.False(log.TryTerm(5, out _));
        Assert.NotNull(log.NextSnapshot);
        log.AcceptInProgress();
        Assert.Null(log.NextSnapshot);
        Assert.NotNull(log.Snapshot);
        log.StableSnapTo(8);
        Assert.NotNull(log.Snapshot);
        log.StableSnapTo(9);
        Assert.Null(log.Snapshot);
    }

    private static UnstableLog Make(ulong offset, params ulong[] terms)
    {
        var log = new UnstableLog(new RaftLines(null));
        log.Start(offset);
        log.TruncateAndAppend([.. terms.Select((term, at) => Entry(term, offset + (ulong)at))]);
        return log;
    }

    private static Entry Entry(ulong term, ulong index) => new(term, index, EntryType.Normal, default);

    private static string Text(ReadOnlySpan<Entry> entries)
    {
        string[] parts = new string[entries.Length];
        for (int i = 0; i < parts.Length; i++)
            parts[i] = $"{entries[i].Term}/{entries[i].Index}";
        return string.Join(' ', parts);
    }
}
