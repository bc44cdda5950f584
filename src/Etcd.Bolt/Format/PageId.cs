namespace Etcd.Bolt.Format;

/// <summary>Number of a page: its offset in the file is this times the page size.</summary>
internal readonly record struct PageId(ulong Number)
{
    /// <summary>In the meta page: the free list is not stored.</summary>
    public static readonly PageId NoFreelist = new(ulong.MaxValue);

    /// <summary>Pages 0 and 1 hold the meta pages; trees and free lists live behind them.</summary>
    public const ulong FirstData = 2;

    public override string ToString() => Number.ToString();
}
