using System.Text.Json;

namespace Etcd.Store.V2;

/// <summary>Reads the event history of a saved v2 store.</summary>
internal static class V2DocumentHistory
{
    /// <exception cref="FormatException">Not a ring of 1000 events.</exception>
    public static void Read(ref Utf8JsonReader reader, V2EventHistory history)
    {
        V2Document.BeginObject(ref reader);
        while (V2Document.TryReadName(ref reader, out string name))
        {
            switch (name)
            {
                case "Queue":
                    ReadQueue(ref reader, history);
                    break;
                case "StartIndex":
                    history.StartIndex = V2Document.ReadNumber(ref reader);
                    break;
                case "LastIndex":
                    history.LastIndex = V2Document.ReadNumber(ref reader);
                    break;
                default:
                    V2Document.SkipValue(ref reader);
                    break;
            }
        }
        Check(history);
    }

    private static void ReadQueue(ref Utf8JsonReader reader, V2EventHistory history)
    {
        V2Document.BeginObject(ref reader);
        while (V2Document.TryReadName(ref reader, out string name))
        {
            switch (name)
            {
                case "Events":
                    ReadSlots(ref reader, history.Slots);
                    break;
                case "Size":
                    history.Size = ReadSlotNumber(ref reader, V2EventHistory.Capacity);
                    break;
                case "Front":
                    history.Front = ReadSlotNumber(ref reader, V2EventHistory.Capacity - 1);
                    break;
                case "Back":
                    history.Back = ReadSlotNumber(ref reader, V2EventHistory.Capacity - 1);
                    break;
                case "Capacity":
                    if (V2Document.ReadNumber(ref reader) is ulong capacity and not V2EventHistory.Capacity)
                        throw new FormatException($"the event history has room for {capacity} events, not {V2EventHistory.Capacity}");
                    break;
                default:
                    V2Document.SkipValue(ref reader);
                    break;
            }
        }
    }

    private static void ReadSlots(ref Utf8JsonReader reader, V2Event?[] slots)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
            throw new FormatException("the events of the history are no array");
        for (int slot = 0; ; slot++)
        {
            reader.Read();
            if (reader.TokenType == JsonTokenType.EndArray)
                return;
            if (slot == slots.Length)
                throw new FormatException($"the event history has more than {slots.Length} slots");
            if (reader.TokenType == JsonTokenType.StartObject)
                slots[slot] = ReadEvent(ref reader);
            else if (reader.TokenType != JsonTokenType.Null)
                throw new FormatException($"slot {slot} of the event history is no event");
        }
    }

    private static V2Event ReadEvent(ref Utf8JsonReader reader)
    {
        V2Action action = V2Action.Get;
        V2NodeView? node = null;
        V2NodeView? prevNode = null;
        bool isRefresh = false;
        while (V2Document.TryReadName(ref reader, out string name))
        {
            switch (name)
            {
                case "action":
                    action = V2Json.ParseAction(V2Document.ReadString(ref reader));
                    break;
                case "node":
                    node = ReadNode(ref reader);
                    break;
                case "prevNode":
                    prevNode = ReadNode(ref reader);
                    break;
                case "refresh":
                    reader.Read();
                    isRefresh = reader.GetBoolean();
                    break;
                default:
                    V2Document.SkipValue(ref reader);
                    break;
            }
        }
        return new V2Event(action, node ?? throw new FormatException("an event of the history has no node")) { PrevNode = prevNode, IsRefresh = isRefresh };
    }

    // Events of the history never have children in their nodes.
    private static V2NodeView ReadNode(ref Utf8JsonReader reader)
    {
        var node = new V2NodeView("");
        V2Document.BeginObject(ref reader);
        while (V2Document.TryReadName(ref reader, out string name))
        {
            switch (name)
            {
                case "key":
                    node = node with { Key = V2Document.ReadString(ref reader) };
                    break;
                case "value":
                    node = node with { Value = V2Document.ReadString(ref reader) };
                    break;
                case "dir":
                    reader.Read();
                    node = node with { IsDirectory = reader.GetBoolean() };
                    break;
                case "expiration":
                    node = node with { Expiration = V2Document.ReadTime(ref reader) };
                    break;
                case "ttl":
                    reader.Read();
                    node = node with { TtlSeconds = reader.GetInt64() };
                    break;
                case "modifiedIndex":
                    node = node with { ModifiedIndex = V2Document.ReadNumber(ref reader) };
                    break;
                case "createdIndex":
                    node = node with { CreatedIndex = V2Document.ReadNumber(ref reader) };
                    break;
                default:
                    V2Document.SkipValue(ref reader);
                    break;
            }
        }
        return node;
    }

    private static int ReadSlotNumber(ref Utf8JsonReader reader, int maximum)
    {
        ulong number = V2Document.ReadNumber(ref reader);
        return number <= (ulong)maximum ? (int)number : throw new FormatException($"{number} is no place in the event history");
    }

    private static void Check(V2EventHistory history)
    {
        if ((history.Front + history.Size) % V2EventHistory.Capacity != history.Back)
            throw new FormatException("front, back and size of the event history disagree");
        for (int i = 0; i < history.Size; i++)
        {
            if (history.Slots[(history.Front + i) % V2EventHistory.Capacity] is null)
                throw new FormatException("the event history has a hole");
        }
    }
}
