using System.Runtime.CompilerServices;
using Etcd.Foundation;

namespace Etcd.Store.Mvcc.Index;

/// <summary>Walks the keys of a half-open range in order, deleted ones included.</summary>
/// <remarks>Stands before the first key at the start. Valid as long as its view.</remarks>
internal ref struct IndexCursor
{
    private readonly IndexView _view;
    private readonly ReadOnlySpan<byte> _rangeEnd;
    private readonly bool _hasEnd;
    private Path _path;
    private int _depth;
    private IndexPage _leaf;
    private int _slot;
    private int _limit; // Slots of the leaf that are in the range.
    private bool _isLastLeaf;

    public IndexCursor(IndexView view, ReadOnlySpan<byte> key, ReadOnlySpan<byte> rangeEnd, bool hasEnd)
    {
        _view = view;
        _rangeEnd = rangeEnd;
        _hasEnd = hasEnd;
        IndexPage page = view.Page(view.Root);
        for (int child = view.Root; !page.IsLeaf; page = view.Page(child))
        {
            int slot = page.ChildSlot(key, view.LongKeys);
            Push(child, slot);
            child = page.Child(slot);
        }
        EnterLeaf(page);
        _slot = page.LowerBound(key, view.LongKeys, out _) - 1;
    }

    /// <summary>Entry at the position.</summary>
    public readonly KeyEntry Entry => _leaf.Entry(_slot);

    /// <summary>Length of the key at the position.</summary>
    public readonly int KeyLength
    {
        get
        {
            int longId = _leaf.LongId(_slot);
            return longId == 0 ? _leaf.PrefixLength + _leaf.Suffix(_slot).Length : _view.LongKeys.Get(longId).Length;
        }
    }

    /// <summary>Copies the key at the position, <see cref="KeyLength"/> bytes.</summary>
    public readonly void CopyKey(Span<byte> target)
    {
        int longId = _leaf.LongId(_slot);
        if (longId != 0)
        {
            _view.LongKeys.Get(longId).CopyTo(target);
            return;
        }
        _leaf.Prefix.CopyTo(target);
        _leaf.Suffix(_slot).CopyTo(target[_leaf.PrefixLength..]);
    }

    /// <returns>False at the end of the range.</returns>
    public bool MoveNext()
    {
        _slot++;
        while (_slot >= _limit)
        {
            if (_isLastLeaf || !NextLeaf())
                return false;
            _slot = 0;
        }
        return true;
    }

    private bool NextLeaf()
    {
        while (_depth > 0)
        {
            (int branch, int slot) = _path[--_depth];
            IndexPage page = _view.Page(branch);
            if (++slot == page.Count)
                continue;
            Push(branch, slot);
            int child = page.Child(slot);
            for (page = _view.Page(child); !page.IsLeaf; page = _view.Page(child))
            {
                Push(child, 0);
                child = page.Child(0);
            }
            EnterLeaf(page);
            return true;
        }
        _isLastLeaf = true;
        return false;
    }

    private void EnterLeaf(IndexPage leaf)
    {
        _leaf = leaf;
        _limit = leaf.Count;
        if (_hasEnd && (_limit == 0 || leaf.Compare(_rangeEnd, _limit - 1, _view.LongKeys) <= 0))
        {
            _limit = leaf.LowerBound(_rangeEnd, _view.LongKeys, out _);
            _isLastLeaf = true;
        }
    }

    private void Push(int page, int slot)
    {
        Invariant.Holds(_depth < IndexView.MaxDepth, "the key index is deeper than it can be");
        _path[_depth++] = (page, slot);
    }

    [InlineArray(IndexView.MaxDepth)]
    private struct Path
    {
        private (int Page, int Slot) _first;
    }
}
