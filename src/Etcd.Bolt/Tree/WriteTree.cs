using Etcd.Bolt.Format;
using Etcd.Bolt.Pages;

namespace Etcd.Bolt.Tree;

/// <summary>The tree of one bucket as the write transaction sees it: untouched pages of the file, touched nodes above them.</summary>
internal sealed unsafe class WriteTree(PagePlan plan, Arena arena, BucketValue value)
{
    // The last leaf of the tree once it was touched. Nodes are neither split nor merged before the commit, so it stays the last.
    private Node? _lastLeaf;

    public PagePlan Plan => plan;

    public Arena Arena => arena;

    /// <summary>The touched root; null as long as the bucket is as in the file.</summary>
    public Node? Root { get; set; }

    /// <summary>The bucket as in the file.</summary>
    public BucketValue Stored => value;

    public double FillPercent { get; set; } = 0.5;

    /// <summary>Rises with every change, so that cursors notice.</summary>
    public long Changes { get; private set; }

    public TreePage StoredRoot => value.RootPage(plan.Base);

    /// <summary>Looks a key up.</summary>
    /// <param name="node">The touched leaf that the key belongs to, or null if that leaf is untouched.</param>
    /// <param name="element">Undefined if the key is missing.</param>
    /// <param name="index">Where it is or would be in its leaf.</param>
    public bool TryFind(in SearchKey key, out Node? node, out int index, out Element element)
    {
        element = default;
        node = Root;
        TreePage page = default;
        if (node is null)
            page = StoredRoot;
        for (int depth = 0; ; depth++)
        {
            RequireDepth(depth);
            if (node is not null ? node.IsLeaf : page.IsLeaf)
                break;
            PageId childPage;
            if (node is not null)
            {
                int child = node.FindChild(key);
                childPage = node[child].Child;
                node = node.ChildAt(child);
            }
            else
            {
                childPage = page[page.FindChild(key)].Child;
            }
            if (node is null)
                page = plan.Base.Page(childPage);
        }
        index = node is not null ? node.Find(key, out bool isFound) : page.Find(key, out isFound);
        if (isFound)
            element = node is not null ? node[index] : page[index];
        return isFound;
    }

    /// <summary>Stores a value whose bytes are already in the arena.</summary>
    /// <returns>False if the key names a bucket; then nothing changed.</returns>
    public bool TryPut(in Element element)
    {
        var key = new SearchKey(element.Key);
        // Revision keys only ever grow, so nearly every put goes behind the last key.
        if (_lastLeaf is { Count: > 0 } last && key.CompareTo(last[last.Count - 1].Data, last[last.Count - 1].KeyBytes) > 0)
        {
            last.Insert(last.Count, element);
            Changes++;
            return true;
        }
        Node leaf = TouchLeaf(key);
        int index = leaf.Find(key, out bool isFound);
        if (isFound && leaf[index].IsBucket)
            return false;
        Store(leaf, index, isFound, element);
        return true;
    }

    /// <summary>Stores an element whose bytes are already in the arena, whatever was there before.</summary>
    public void Put(in Element element)
    {
        var key = new SearchKey(element.Key);
        Node leaf = TouchLeaf(key);
        int index = leaf.Find(key, out bool isFound);
        Store(leaf, index, isFound, element);
    }

    /// <summary>Deletes what <see cref="TryFind"/> has just found.</summary>
    public void Delete(in SearchKey key, Node? leaf, int index)
    {
        leaf ??= TouchLeaf(key);
        leaf.RemoveAt(index);
        leaf.IsUnbalanced = true;
        Changes++;
    }

    public Node TouchRoot() => Root ??= new Node(arena, StoredRoot, value.Root);

    /// <summary>The child of a touched branch, touched.</summary>
    public Node TouchChild(Node branch, int index)
    {
        if (branch.ChildAt(index) is { } child)
            return child;
        PageId page = branch[index].Child;
        child = new Node(arena, plan.Base.Page(page), page);
        branch.SetChild(index, child);
        return child;
    }

    /// <summary>Gives up the page that a node came from, if it had one.</summary>
    public void GiveUpPage(Node node)
    {
        if (node.Page.Number != 0)
            plan.GiveUp(node.Page, node.Overflow);
        node.DropPage();
    }

    /// <summary>Gives up every page of the tree, touched or not; buckets in it are not looked at.</summary>
    public void GiveUpAllPages()
    {
        if (Root is not null)
            GiveUpBelow(Root, 0);
        else if (!value.IsInline)
            GiveUpBelow(value.Root, 0);
    }

    public void RequireDepth(int depth)
    {
        if (depth > PageFormat.MaxDepth)
            throw StoredRoot.Corrupt($"tree is deeper than {PageFormat.MaxDepth} pages: it has a cycle");
    }

    private void GiveUpBelow(Node node, int depth)
    {
        RequireDepth(depth);
        for (int i = 0; !node.IsLeaf && i < node.Count; i++)
        {
            if (node.ChildAt(i) is { } child)
                GiveUpBelow(child, depth + 1);
            else
                GiveUpBelow(node[i].Child, depth + 1);
        }
        GiveUpPage(node);
    }

    private void GiveUpBelow(PageId id, int depth)
    {
        RequireDepth(depth);
        TreePage page = plan.Base.Page(id);
        plan.GiveUp(id, page.Overflow); // First, so that a cycle is noticed on the second visit.
        for (int i = 0; !page.IsLeaf && i < page.Count; i++)
            GiveUpBelow(page[i].Child, depth + 1);
    }

    private void Store(Node leaf, int index, bool isFound, in Element element)
    {
        Changes++;
        if (isFound)
            leaf.Replace(index, element);
        else
            leaf.Insert(index, element);
    }

    private Node TouchLeaf(in SearchKey key)
    {
        Node node = TouchRoot();
        bool isLast = true;
        for (int depth = 0; !node.IsLeaf; depth++)
        {
            RequireDepth(depth);
            int child = node.FindChild(key);
            isLast &= child == node.Count - 1;
            node = TouchChild(node, child);
        }
        if (isLast)
            _lastLeaf = node;
        return node;
    }
}
