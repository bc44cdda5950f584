using System.Runtime.InteropServices;
using Etcd.Store.Backend;

namespace Etcd.Store.Mvcc.Index;

/// <summary>What the index knows of one user key: its newest revision, and where older ones are listed.</summary>
/// <remarks>Stored as its 32 bytes inside an <see cref="IndexPage"/>. Older revisions that no compaction has removed yet are
/// in <see cref="KeyHistory"/>; most keys have none.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal struct KeyEntry
{
    /// <summary>Bytes that it takes in a page.</summary>
    public const int Bytes = 32;

    private const uint TombstoneBit = 1u << 31;
    private const uint LeaseBit = 1u << 30;
    private const uint HistoryMask = LeaseBit - 1;

    /// <summary>Newest revision, main part.</summary>
    public long ModMain;

    /// <summary>Main part of the revision that created the key; 0 if the newest revision is a deletion.</summary>
    public long CreateMain;

    /// <summary>Version at the newest revision, from 1; 0 if it is a deletion.</summary>
    public long Version;

    /// <summary>Newest revision, sub part.</summary>
    public int ModSub;

    private uint _bits;

    public readonly Revision Mod => new(ModMain, ModSub);

    /// <summary>The newest revision is a deletion.</summary>
    public bool IsTombstone
    {
        readonly get => (_bits & TombstoneBit) != 0;
        set => _bits = value ? _bits | TombstoneBit : _bits & ~TombstoneBit;
    }

    /// <summary>The newest revision hangs on a lease; which one is in its record.</summary>
    public bool HasLease
    {
        readonly get => (_bits & LeaseBit) != 0;
        set => _bits = value ? _bits | LeaseBit : _bits & ~LeaseBit;
    }

    /// <summary>Id of the <see cref="KeyHistory"/>; 0 if there are no older revisions.</summary>
    public int History
    {
        readonly get => (int)(_bits & HistoryMask);
        set => _bits = (_bits & ~HistoryMask) | (uint)value;
    }

    /// <summary>1 if the key exists now, 0 if it is deleted.</summary>
    public readonly int Live => IsTombstone ? 0 : 1;
}
