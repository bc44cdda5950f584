using Etcd.Bolt.Format;
using Etcd.Bolt.Pages;
using Etcd.Foundation;

namespace Etcd.Bolt.Audit;

/// <summary>Audits one state of a database page by page and goes on after a fault, so that one report names all of them.</summary>
internal sealed class Auditor(DatabaseView view, Freelist? freelist, CancellationToken cancellation)
{
    // A file of noise could report for hours.
    private const int MostFaults = 1000;

    private readonly record struct Claim(PageId Page, byte[]? From, byte[]? Before, int Depth);

    private readonly List<string> _faults = [];
    private readonly PageBitmap _reachable = new();
    private readonly PageBitmap _stored = new();
    private readonly Stack<Claim> _waiting = new();
    private readonly Stack<PageId> _buckets = new();
    private int _leafDepth = -1;

    private bool IsFull => _faults.Count >= MostFaults;

    public IReadOnlyList<string> Run()
    {
        CheckFreelist();
        CheckTree(new Claim(view.Meta.Root, null, null, 0));
        while (_buckets.TryPop(out PageId root))
            CheckTree(new Claim(root, null, null, 0));
        CheckLeftovers();
        if (IsFull)
            _faults.Add($"stopped after {MostFaults} faults");
        return _faults;
    }

    private void CheckFreelist()
    {
        if (view.Meta.Freelist == PageId.NoFreelist)
            return;
        try
        {
            FreePages.ReadStored(view, _stored.Add);
            for (ulong page = view.Meta.Freelist.Number, left = (ulong)FreePages.StoredListPages(view); left > 0; page++, left--)
                Reach(page);
        }
        catch (CorruptException e)
        {
            Fault(e.Message);
        }
    }

    private void CheckTree(Claim root)
    {
        _leafDepth = -1;
        _waiting.Push(root);
        while (_waiting.TryPop(out Claim claim) && !IsFull)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                CheckPage(claim);
            }
            catch (CorruptException e)
            {
                Fault(e.Message);
            }
        }
    }

    private void CheckPage(Claim claim)
    {
        TreePage page = view.Page(claim.Page);
        for (ulong number = claim.Page.Number; number <= claim.Page.Number + page.Overflow; number++)
        {
            if (!Reach(number))
                return; // What is below was looked at the first time; a cycle would never end.
        }
        CheckKeys(claim, page);
        if (page.IsLeaf)
        {
            CheckLeaf(claim, page);
            return;
        }
        for (int i = page.Count - 1; i >= 0; i--)
        {
            byte[]? before = i + 1 < page.Count ? page[i + 1].Key.ToArray() : claim.Before;
            _waiting.Push(new Claim(page[i].Child, page[i].Key.ToArray(), before, claim.Depth + 1));
        }
    }

    private void CheckLeaf(Claim claim, TreePage page)
    {
        if (_leafDepth >= 0 && _leafDepth != claim.Depth)
            Fault($"page {claim.Page}: leaf at depth {claim.Depth}, others at {_leafDepth}");
        _leafDepth = claim.Depth;
        if (page.Count == 0 && claim.Depth > 0)
            Fault($"page {claim.Page}: empty leaf below a branch");
        for (int i = 0; i < page.Count; i++)
        {
            Element element = page[i];
            if (!element.IsBucket)
                continue;
            BucketValue bucket = BucketValue.Read(view, element);
            if (bucket.IsInline)
                CheckInline(claim.Page, bucket.RootPage(view));
            else
                _buckets.Push(bucket.Root);
        }
    }

    private void CheckInline(PageId holder, TreePage page)
    {
        page.RequireOrder();
        for (int i = 0; i < page.Count; i++)
        {
            if (page[i].IsBucket)
                Fault($"page {holder}: a bucket inside an inline bucket");
        }
    }

    private void CheckKeys(Claim claim, TreePage page)
    {
        page.RequireOrder();
        if (page.Count == 0)
            return;
        if (claim.From is not null && page[0].Key.SequenceCompareTo(claim.From) < 0)
            Fault($"page {claim.Page}: first key is smaller than its parent says");
        if (claim.Before is not null && page[page.Count - 1].Key.SequenceCompareTo(claim.Before) >= 0)
            Fault($"page {claim.Page}: last key belongs to its right neighbour");
    }

    private bool Reach(ulong page)
    {
        if (!_reachable.Add(page))
        {
            Fault($"page {page}: multiple references");
            return false;
        }
        if (IsFree(page))
            Fault($"page {page}: reachable freed");
        return true;
    }

    private void CheckLeftovers()
    {
        bool isListKnown = freelist is not null || view.Meta.Freelist != PageId.NoFreelist;
        for (ulong page = PageId.FirstData; isListKnown && !IsFull && page < view.Meta.HighWater; page++)
        {
            if (!_reachable.Contains(page) && !IsFree(page))
                Fault($"page {page}: unreachable unfreed");
        }
    }

    // The list in memory knows more than the stored one: it has what was given up since.
    private bool IsFree(ulong page) =>
        freelist is not null ? freelist.IsFree(page) || freelist.IsPending(page) : _stored.Contains(page);

    private void Fault(string text)
    {
        if (!IsFull)
            _faults.Add(text);
    }
}
