using System.Buffers;
using System.Text.Json;
using Etcd.Foundation;

namespace Etcd.Store.V2;

/// <summary>The saved form of a v2 store: the JSON document in .snap files (spec disk §9).</summary>
/// <remarks>Written byte for byte as etcd does; read leniently (unknown and missing fields), but never into a state that
/// the store could not have reached. Neither way is recursive: paths may be deep.</remarks>
internal static class V2Document
{
    private static ReadOnlySpan<byte> NeverExpires => "0001-01-01T00:00:00Z"u8;

    public static void Write(IBufferWriter<byte> output, V2StoreState state)
    {
        GoJson.WriteAscii(output, "{\"Root\":"u8);
        WriteTree(output, state.Root);
        GoJson.WriteAscii(output, ",\"WatcherHub\":{\"EventHistory\":"u8);
        WriteHistory(output, state.History);
        GoJson.WriteAscii(output, "},\"CurrentIndex\":"u8);
        GoJson.WriteNumber(output, state.Index);
        GoJson.WriteAscii(output, ",\"Stats\":"u8);
        state.Stats.WriteJson(output);
        GoJson.WriteAscii(output, ",\"CurrentVersion\":"u8);
        GoJson.WriteNumber(output, state.Version);
        GoJson.WriteAscii(output, "}"u8);
    }

    /// <exception cref="FormatException">Not such a document.</exception>
    public static V2StoreState Read(ReadOnlySpan<byte> document)
    {
        try
        {
            var reader = new Utf8JsonReader(document, new JsonReaderOptions { MaxDepth = int.MaxValue });
            V2StoreState state = ReadState(ref reader);
            if (reader.Read())
                throw new FormatException("something follows the v2 store document");
            return state;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException($"the v2 store document cannot be read: {e.Message}", e);
        }
    }

    private static void WriteTree(IBufferWriter<byte> output, V2Node root)
    {
        var open = new Stack<IEnumerator<KeyValuePair<string, V2Node>>>();
        WriteNodeHead(output, root, open);
        bool isFirst = true;
        while (open.TryPeek(out IEnumerator<KeyValuePair<string, V2Node>>? children))
        {
            if (!children.MoveNext())
            {
                children.Dispose();
                open.Pop();
                GoJson.WriteAscii(output, "}}"u8);
                isFirst = false;
                continue;
            }
            if (!isFirst)
                GoJson.WriteAscii(output, ","u8);
            GoJson.WriteString(output, children.Current.Key);
            GoJson.WriteAscii(output, ":"u8);
            WriteNodeHead(output, children.Current.Value, open);
            isFirst = children.Current.Value.IsDirectory;
        }
    }

    private static void WriteNodeHead(IBufferWriter<byte> output, V2Node node, Stack<IEnumerator<KeyValuePair<string, V2Node>>> open)
    {
        GoJson.WriteAscii(output, "{\"Path\":"u8);
        GoJson.WriteString(output, node.Path);
        GoJson.WriteAscii(output, ",\"CreatedIndex\":"u8);
        GoJson.WriteNumber(output, node.CreatedIndex);
        GoJson.WriteAscii(output, ",\"ModifiedIndex\":"u8);
        GoJson.WriteNumber(output, node.ModifiedIndex);
        GoJson.WriteAscii(output, ",\"ExpireTime\":\""u8);
        if (node.IsPermanent)
            GoJson.WriteAscii(output, NeverExpires);
        else
            GoJson.WriteAscii(output, System.Text.Encoding.ASCII.GetBytes(GoTime.Format(node.Expiration)));
        GoJson.WriteAscii(output, "\",\"Value\":"u8);
        GoJson.WriteString(output, node.Value);
        GoJson.WriteAscii(output, node.IsDirectory ? ",\"Children\":{"u8 : ",\"Children\":null}"u8);
        if (node.Children is { } children)
            open.Push(children.GetEnumerator());
    }

    private static void WriteHistory(IBufferWriter<byte> output, V2EventHistory history)
    {
        GoJson.WriteAscii(output, "{\"Queue\":{\"Events\":["u8);
        for (int i = 0; i < history.Slots.Length; i++)
        {
            if (i > 0)
                GoJson.WriteAscii(output, ","u8);
            if (history.Slots[i] is { } happened)
                V2Json.WriteSavedEvent(output, happened);
            else
                GoJson.WriteAscii(output, "null"u8);
        }
        GoJson.WriteAscii(output, "],\"Size\":"u8);
        GoJson.WriteNumber(output, (long)history.Size);
        GoJson.WriteAscii(output, ",\"Front\":"u8);
        GoJson.WriteNumber(output, (long)history.Front);
        GoJson.WriteAscii(output, ",\"Back\":"u8);
        GoJson.WriteNumber(output, (long)history.Back);
        GoJson.WriteAscii(output, ",\"Capacity\":"u8);
        GoJson.WriteNumber(output, (long)V2EventHistory.Capacity);
        GoJson.WriteAscii(output, "},\"StartIndex\":"u8);
        GoJson.WriteNumber(output, history.StartIndex);
        GoJson.WriteAscii(output, ",\"LastIndex\":"u8);
        GoJson.WriteNumber(output, history.LastIndex);
        GoJson.WriteAscii(output, "}"u8);
    }

    private static V2StoreState ReadState(ref Utf8JsonReader reader)
    {
        V2Node? root = null;
        var parts = new V2StoreState();
        BeginObject(ref reader);
        while (TryReadName(ref reader, out string name))
        {
            switch (name)
            {
                case "Root":
                    root = V2DocumentTree.Read(ref reader);
                    break;
                case "WatcherHub":
                    ReadHub(ref reader, parts.History);
                    break;
                case "CurrentIndex":
                    parts.Index = ReadNumber(ref reader);
                    break;
                case "Stats":
                    ReadStats(ref reader, parts.Stats);
                    break;
                case "CurrentVersion":
                    parts.Version = (long)ReadNumber(ref reader);
                    break;
                default:
                    SkipValue(ref reader);
                    break;
            }
        }
        if (root is null)
            return parts;
        parts.ReplaceRoot(root);
        return parts;
    }

    private static void ReadHub(ref Utf8JsonReader reader, V2EventHistory history)
    {
        BeginObject(ref reader);
        while (TryReadName(ref reader, out string name))
        {
            if (name == "EventHistory")
                V2DocumentHistory.Read(ref reader, history);
            else
                SkipValue(ref reader);
        }
    }

    private static void ReadStats(ref Utf8JsonReader reader, V2Stats stats)
    {
        BeginObject(ref reader);
        while (TryReadName(ref reader, out string name))
            stats.Set(name, ReadNumber(ref reader));
    }

    /// <summary>Steps into an object value.</summary>
    internal static void BeginObject(ref Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new FormatException($"an object was expected at byte {reader.TokenStartIndex} of the v2 store document");
    }

    /// <summary>The next property name; false at the end of the object.</summary>
    internal static bool TryReadName(ref Utf8JsonReader reader, out string name)
    {
        name = "";
        if (!reader.Read() || reader.TokenType != JsonTokenType.PropertyName)
            return false;
        name = reader.GetString()!;
        return true;
    }

    internal static ulong ReadNumber(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.GetUInt64();
    }

    internal static string ReadString(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.GetString() ?? "";
    }

    internal static void SkipValue(ref Utf8JsonReader reader)
    {
        reader.Read();
        reader.Skip();
    }

    /// <summary>Unix nanoseconds; 0 for Go's zero time, which means "never".</summary>
    internal static long ReadTime(ref Utf8JsonReader reader)
    {
        string text = ReadString(ref reader);
        if (text == "0001-01-01T00:00:00Z")
            return 0;
        return GoTime.TryParse(text, out long unixNanoseconds) ? unixNanoseconds : throw new FormatException($"\"{text}\" is no time");
    }
}
