namespace Etcd.Foundation.Ids;

/// <summary>Numbers requests so that no two members, and no two lives of one member, use the same number.</summary>
/// <remarks><code>
/// bits 63..48              bits 47..8                          bits 7..0
/// low bits of member id    milliseconds since 1970 at start    counter, runs over into the time
/// </code>
/// A member that restarts is ahead of its former self unless that made more than 256 requests per millisecond all its life.
/// Thread-safe. Format: spec disk §7.</remarks>
public sealed class RequestIdGenerator
{
    private const int MemberShift = 48, TimeShift = 8;
    private const ulong MemberMask = 0xFFFF, TimeMask = 0xFF_FFFF_FFFF, SuffixMask = (1UL << MemberShift) - 1;

    private readonly ulong _prefix;
    private ulong _suffix;

    /// <param name="memberId">Of this member; only the low 16 bits count.</param>
    /// <param name="now">When this life of the member began.</param>
    public RequestIdGenerator(ulong memberId, DateTimeOffset now)
    {
        _prefix = (memberId & MemberMask) << MemberShift;
        _suffix = ((ulong)now.ToUnixTimeMilliseconds() & TimeMask) << TimeShift;
    }

    /// <summary>The next number.</summary>
    public ulong Next() => _prefix | (Interlocked.Increment(ref _suffix) & SuffixMask);
}
