using System.Text.Json;

namespace Etcd.Store.V2;

/// <summary>Reads the tree of nodes of a saved v2 store.</summary>
internal static class V2DocumentTree
{
    /// <summary>Reads one node object and everything in it.</summary>
    /// <exception cref="FormatException">The tree is not one that a store can have.</exception>
    public static V2Node Read(ref Utf8JsonReader reader)
    {
        V2Document.BeginObject(ref reader);
        V2Node root = V2Node.NewDirectory("/", null, 0, 0);
        var open = new Stack<Frame>();
        open.Push(new Frame(root));
        while (open.TryPeek(out Frame? frame))
        {
            if (frame.IsInChildren)
                ReadChildName(ref reader, frame, open);
            else
                ReadField(ref reader, frame, open);
        }
        return root;
    }

    private static void ReadField(ref Utf8JsonReader reader, Frame frame, Stack<Frame> open)
    {
        V2Node node = frame.Node;
        if (!V2Document.TryReadName(ref reader, out string name))
        {
            if (node.Parent is not null && !frame.SawChildren)
                node.MakeValue();
            open.Pop();
            return;
        }
        switch (name)
        {
            case "Path":
                if (V2Document.ReadString(ref reader) is string path && path != node.Path)
                    throw new FormatException($"node \"{path}\" stands at \"{node.Path}\"");
                break;
            case "CreatedIndex":
                node.CreatedIndex = V2Document.ReadNumber(ref reader);
                break;
            case "ModifiedIndex":
                node.ModifiedIndex = V2Document.ReadNumber(ref reader);
                break;
            case "ExpireTime":
                node.Expiration = V2Document.ReadTime(ref reader);
                break;
            case "Value":
                node.Value = V2Document.ReadString(ref reader);
                break;
            case "Children":
                BeginChildren(ref reader, frame);
                break;
            default:
                V2Document.SkipValue(ref reader);
                break;
        }
    }

    private static void BeginChildren(ref Utf8JsonReader reader, Frame frame)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
            return;
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new FormatException($"the children of \"{frame.Node.Path}\" are no object");
        frame.SawChildren = true;
        frame.IsInChildren = true;
    }

    private static void ReadChildName(ref Utf8JsonReader reader, Frame frame, Stack<Frame> open)
    {
        if (!V2Document.TryReadName(ref reader, out string name))
        {
            frame.IsInChildren = false;
            return;
        }
        if (name.Length == 0 || name.Contains('/') || name is "." or "..")
            throw new FormatException($"\"{frame.Node.Path}\" has a child with the name \"{name}\"");
        V2Document.BeginObject(ref reader);
        V2Node child = V2Node.NewDirectory(V2Path.Join(frame.Node.Path, name), frame.Node, 0, 0);
        frame.Node.Children![name] = child;
        open.Push(new Frame(child));
    }

    private sealed class Frame(V2Node node)
    {
        public V2Node Node { get; } = node;

        public bool IsInChildren { get; set; }

        public bool SawChildren { get; set; }
    }
}
