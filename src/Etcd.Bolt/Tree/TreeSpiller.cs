using Etcd.Bolt.Format;
using Etcd.Bolt.Pages;

namespace Etcd.Bolt.Tree;

/// <summary>Second step of a commit: cuts touched nodes into pages, children first, and gives every page an id.</summary>
/// <remarks>Nothing is copied: a page image is a slice of the elements of its node.</remarks>
internal static unsafe class TreeSpiller
{
    private const int MinKeysPerPage = 2;

    /// <returns>The page of the new root.</returns>
    public static PageId Spill(WriteTree tree, Node root)
    {
        Node pages = new(tree.Arena, isLeaf: false);
        SpillNode(tree, root, pages, 0);
        while (pages.Count > 1)
        {
            Node level = new(tree.Arena, isLeaf: false);
            Cut(tree, pages, level);
            pages = level;
        }
        return pages[0].Child;
    }

    /// <summary>Spills a node with all touched nodes below it.</summary>
    /// <param name="pages">A branch that gets one more element for every page that the node becomes.</param>
    private static void SpillNode(WriteTree tree, Node node, Node pages, int depth)
    {
        tree.RequireDepth(depth);
        if (node.IsLeaf)
        {
            Cut(tree, node, pages);
        }
        else
        {
            var children = new Node(tree.Arena, isLeaf: false);
            for (int i = 0; i < node.Count; i++)
            {
                if (node.ChildAt(i) is { } child)
                    SpillNode(tree, child, children, depth + 1);
                else
                    children.Insert(children.Count, node[i]);
            }
            Cut(tree, children, pages);
        }
        tree.GiveUpPage(node);
    }

    private static void Cut(WriteTree tree, Node node, Node pages)
    {
        int pageSize = tree.Plan.Base.Meta.PageSizeBytes;
        int threshold = (int)(pageSize * tree.FillPercent);
        int start = 0;
        long left = node.SizeBytes;
        while (true)
        {
            int count = node.Count - start;
            long bytes = left;
            if (count > MinKeysPerPage * 2 && left >= pageSize)
                (count, bytes) = FirstPart(node, start, threshold);
            AddPage(tree, node, start, count, bytes, pages);
            start += count;
            if (start >= node.Count)
                return;
            left -= bytes - PageFormat.HeaderBytes;
        }
    }

    /// <summary>Elements for one page: at least two, then as many as fit under the threshold, leaving at least three.</summary>
    private static (int Count, long Bytes) FirstPart(Node node, int start, int threshold)
    {
        long bytes = PageFormat.HeaderBytes;
        int count = 0;
        // Compat: the same cut as bbolt (node.go, splitIndex), which leaves one element more than it means to.
        for (; count < node.Count - start - MinKeysPerPage - 1; count++)
        {
            long size = node[start + count].SizeBytes;
            if (count >= MinKeysPerPage && bytes + size > threshold)
                break;
            bytes += size;
        }
        return (count, bytes);
    }

    private static void AddPage(WriteTree tree, Node node, int start, int count, long bytes, Node pages)
    {
        if (bytes > uint.MaxValue)
            throw new BoltException(BoltError.ValueTooLarge); // Positions inside a page have 32 bits.
        int pageSize = tree.Plan.Base.Meta.PageSizeBytes;
        long pageCount = (bytes + pageSize - 1) / pageSize;
        PageId id = tree.Plan.Take(pageCount);
        tree.Plan.Add(new PageImage(id, pageCount, node.Elements + start, count, node.IsLeaf));
        Element first = count > 0 ? node[start] : default;
        pages.Insert(pages.Count, new Element(first.Data, first.KeyBytes, 0, id.Number));
    }
}
