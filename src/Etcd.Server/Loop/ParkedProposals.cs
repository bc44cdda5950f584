namespace Etcd.Server.Loop;

/// <summary>Proposals that no leader took yet. They are offered again, in their order, until their clients gave up.</summary>
internal sealed class ParkedProposals(int ticksToKeep)
{
    private readonly Queue<(ReadOnlyMemory<byte> Data, long Tick)> _parked = new();
    private long _tick;

    public int Count => _parked.Count;

    /// <summary>One heartbeat interval passed: what waited for longer than a client waits is dropped.</summary>
    public void Tick()
    {
        _tick++;
        while (_parked.TryPeek(out (ReadOnlyMemory<byte> Data, long Tick) oldest) && _tick - oldest.Tick > ticksToKeep)
            _parked.Dequeue();
    }

    public void Add(ReadOnlySpan<ReadOnlyMemory<byte>> batch)
    {
        foreach (ReadOnlyMemory<byte> data in batch)
            _parked.Enqueue((data, _tick));
    }

    /// <summary>Everything parked, then <paramref name="newer"/>; nothing is parked afterwards.</summary>
    public List<ReadOnlyMemory<byte>> TakeBefore(List<ReadOnlyMemory<byte>> newer)
    {
        List<ReadOnlyMemory<byte>> all = [.. _parked.Select(static p => p.Data), .. newer];
        _parked.Clear();
        return all;
    }
}
