namespace Etcd.Raft;

/// <summary>The only randomness in raft: election timeouts that differ between members (paper §5.2). SplitMix64.</summary>
/// <remarks>Own code rather than System.Random so that a seed means the same run on every version of .NET.</remarks>
internal sealed class ElectionJitter(ulong seed, ulong memberId)
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    private ulong _state = seed ^ (memberId * Golden);

    /// <summary>A number in [0, <paramref name="exclusiveMax"/>).</summary>
    public int Next(int exclusiveMax)
    {
        ulong mixed = _state += Golden;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        mixed ^= mixed >> 31;
        return (int)(mixed % (ulong)exclusiveMax);
    }
}
