using Etcd.Foundation;

namespace Etcd.Bolt.Tree;

/// <summary>First step of a commit: merges nodes that deletions left too small.</summary>
/// <remarks>Works from the leaves up. A merged node may become larger than a page; the next step splits it again.</remarks>
internal static class TreeBalancer
{
    private const int MinLeafKeys = 1, MinBranchKeys = 2;

    public static void Balance(WriteTree tree)
    {
        if (tree.Root is not { } root)
            return;
        if (!root.IsLeaf)
            BalanceChildren(tree, root, 0);
        tree.Root = Shrink(tree, root);
    }

    /// <summary>A branch that lost all children but one is replaced by that one; one that lost all of them by an empty leaf.</summary>
    private static Node Shrink(WriteTree tree, Node root)
    {
        while (!root.IsLeaf && root.Count <= 1)
        {
            Node next = root.Count == 1 ? tree.TouchChild(root, 0) : new Node(tree.Arena, isLeaf: true);
            tree.GiveUpPage(root);
            root = next;
        }
        return root;
    }

    private static void BalanceChildren(WriteTree tree, Node branch, int depth)
    {
        tree.RequireDepth(depth);
        for (int i = 0; i < branch.Count; i++)
        {
            if (branch.ChildAt(i) is { IsLeaf: false } child)
                BalanceChildren(tree, child, depth + 1);
        }
        for (int i = 0; i < branch.Count;)
            i = BalanceChild(tree, branch, i);
    }

    /// <returns>Index of the child to look at next.</returns>
    private static int BalanceChild(WriteTree tree, Node branch, int index)
    {
        if (branch.ChildAt(index) is not { IsUnbalanced: true } child || IsLargeEnough(tree, child))
            return index + 1;
        child.IsUnbalanced = false;
        if (child.Count == 0)
        {
            Remove(tree, branch, index, child);
            return index;
        }
        if (branch.Count == 1)
            return index + 1; // No neighbour; the branch itself is merged next.
        int left = Math.Max(index - 1, 0);
        Node target = tree.TouchChild(branch, left);
        Node right = tree.TouchChild(branch, left + 1);
        if (target.IsLeaf != right.IsLeaf)
            throw new CorruptException(tree.Plan.Base.Path, -1, $"children of one branch are of two kinds: pages {branch[left].Child} and {branch[left + 1].Child}");
        target.Append(right);
        target.IsUnbalanced = true; // Two small ones may still be small together.
        Remove(tree, branch, left + 1, right);
        return left;
    }

    private static void Remove(WriteTree tree, Node branch, int index, Node child)
    {
        tree.GiveUpPage(child);
        branch.RemoveAt(index);
        branch.IsUnbalanced = true;
    }

    private static bool IsLargeEnough(WriteTree tree, Node node)
    {
        int threshold = (int)(tree.Plan.Base.Meta.PageSizeBytes * tree.FillPercent) / 2;
        return node.SizeBytes > threshold && node.Count > (node.IsLeaf ? MinLeafKeys : MinBranchKeys);
    }
}
