using System.Buffers;
using Etcd.Foundation;

namespace Etcd.Store.V2;

/// <summary>Events and nodes as the v2 API and the saved document spell them (spec v2 §1.4).</summary>
public static class V2Json
{
    private static readonly string[] s_actions = [.. Enum.GetNames<V2Action>().Select(static name => char.ToLowerInvariant(name[0]) + name[1..])];

    public static string NameOf(V2Action action) => s_actions[(int)action];

    /// <exception cref="FormatException">No action has this name.</exception>
    public static V2Action ParseAction(string name)
    {
        int action = Array.IndexOf(s_actions, name);
        return action >= 0 ? (V2Action)action : throw new FormatException($"unknown action \"{name}\"");
    }

    /// <summary>The body of an answer, without the newline behind it.</summary>
    /// <param name="keyPrefix">Cut from the front of every key: clients do not see the root that their keys live under.</param>
    /// <param name="withNodes">False for <c>noValueOnSuccess</c>.</param>
    public static void WriteEvent(IBufferWriter<byte> output, V2Event shown, string keyPrefix, bool withNodes = true)
    {
        WriteHead(output, shown, keyPrefix, withNodes);
        GoJson.WriteAscii(output, "}"u8);
    }

    /// <summary>An event in the saved document, which also says whether it was a refresh.</summary>
    internal static void WriteSavedEvent(IBufferWriter<byte> output, V2Event saved)
    {
        WriteHead(output, saved, "", withNodes: true);
        GoJson.WriteAscii(output, saved.IsRefresh ? ",\"refresh\":true}"u8 : "}"u8);
    }

    private static void WriteHead(IBufferWriter<byte> output, V2Event shown, string keyPrefix, bool withNodes)
    {
        GoJson.WriteAscii(output, "{\"action\":"u8);
        GoJson.WriteString(output, NameOf(shown.Action));
        if (!withNodes)
            return;
        GoJson.WriteAscii(output, ",\"node\":"u8);
        WriteNode(output, shown.Node, keyPrefix);
        if (shown.PrevNode is not { } prevNode)
            return;
        GoJson.WriteAscii(output, ",\"prevNode\":"u8);
        WriteNode(output, prevNode, keyPrefix);
    }

    // Not recursive: directories may be nested deeply.
    private static void WriteNode(IBufferWriter<byte> output, V2NodeView top, string keyPrefix)
    {
        Stack<(V2NodeView Node, int Next, bool HasFields)> open = new();
        open.Push((top, 0, WriteFieldsBeforeNodes(output, top, keyPrefix)));
        while (open.TryPop(out (V2NodeView Node, int Next, bool HasFields) current))
        {
            if (current.Next < current.Node.Nodes.Count)
            {
                V2NodeView child = current.Node.Nodes[current.Next];
                GoJson.WriteAscii(output, current.Next > 0 ? ","u8 : current.HasFields ? ",\"nodes\":["u8 : "\"nodes\":["u8);
                open.Push((current.Node, current.Next + 1, HasFields: true));
                open.Push((child, 0, WriteFieldsBeforeNodes(output, child, keyPrefix)));
                continue;
            }
            if (current.Next > 0)
                GoJson.WriteAscii(output, "]"u8);
            WriteFieldsBehindNodes(output, current.Node, current.HasFields);
        }
    }

    private static bool WriteFieldsBeforeNodes(IBufferWriter<byte> output, V2NodeView node, string keyPrefix)
    {
        string key = node.Key.StartsWith(keyPrefix, StringComparison.Ordinal) ? node.Key[keyPrefix.Length..] : node.Key;
        bool any = false;
        GoJson.WriteAscii(output, "{"u8);
        if (key.Length > 0)
        {
            WriteName(output, "\"key\":"u8, ref any);
            GoJson.WriteString(output, key);
        }
        if (node.Value is { } value)
        {
            WriteName(output, "\"value\":"u8, ref any);
            GoJson.WriteString(output, value);
        }
        if (node.IsDirectory)
            WriteName(output, "\"dir\":true"u8, ref any);
        if (node.Expiration != 0)
        {
            WriteName(output, "\"expiration\":"u8, ref any);
            GoJson.WriteString(output, GoTime.Format(node.Expiration));
        }
        if (node.TtlSeconds != 0)
        {
            WriteName(output, "\"ttl\":"u8, ref any);
            GoJson.WriteNumber(output, node.TtlSeconds);
        }
        return any;
    }

    private static void WriteFieldsBehindNodes(IBufferWriter<byte> output, V2NodeView node, bool any)
    {
        if (node.ModifiedIndex != 0)
        {
            WriteName(output, "\"modifiedIndex\":"u8, ref any);
            GoJson.WriteNumber(output, node.ModifiedIndex);
        }
        if (node.CreatedIndex != 0)
        {
            WriteName(output, "\"createdIndex\":"u8, ref any);
            GoJson.WriteNumber(output, node.CreatedIndex);
        }
        GoJson.WriteAscii(output, "}"u8);
    }

    private static void WriteName(IBufferWriter<byte> output, ReadOnlySpan<byte> name, ref bool any)
    {
        if (any)
            GoJson.WriteAscii(output, ","u8);
        any = true;
        GoJson.WriteAscii(output, name);
    }
}
