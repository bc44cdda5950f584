namespace Etcd.Raft.Tests.Simulation;

/// <summary>Seeded numbers that are the same on every platform (SplitMix64).</summary>
internal sealed class SimRandom(ulong seed)
{
    private ulong _state = seed;

    public int Next(int exclusiveMax)
    {
        ulong mixed = _state += 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return (int)((mixed ^ (mixed >> 31)) % (ulong)exclusiveMax);
    }

    /// <summary>True once in <paramref name="n"/> calls on average.</summary>
    public bool OneIn(int n) => Next(n) == 0;

    public T Pick<T>(IReadOnlyList<T> list) => list[Next(list.Count)];
}
