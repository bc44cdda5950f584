using System.Buffers;
using System.Text.Json;
using Etcd.Foundation;

namespace Etcd.Store.Membership;

/// <summary>Members as JSON: in the database, in the v2 store and in membership entries, byte for byte as Go writes them
/// (spec disk §5.4, peer §8.2).</summary>
public static class MemberJson
{
    /// <summary><c>{"id":…,"peerURLs":[…],"isLearner":true,"name":…,"clientURLs":[…]}</c></summary>
    public static byte[] Encode(Member member) => Encode(member, isPromote: false);

    /// <summary>The context of a membership entry; a promotion carries only the id and <c>"isPromote":true</c>.</summary>
    public static byte[] Encode(Member member, bool isPromote)
    {
        var output = new ArrayBufferWriter<byte>();
        GoJson.WriteAscii(output, "{\"id\":"u8);
        GoJson.WriteNumber(output, member.Id);
        GoJson.WriteAscii(output, ","u8);
        WriteRaftAttributes(output, member);
        WriteAttributes(output, member, isFirst: false);
        GoJson.WriteAscii(output, isPromote ? ",\"isPromote\":true}"u8 : "}"u8);
        return output.WrittenSpan.ToArray();
    }

    /// <summary><c>{"peerURLs":[…],"isLearner":true}</c></summary>
    public static byte[] EncodeRaftAttributes(Member member)
    {
        var output = new ArrayBufferWriter<byte>();
        GoJson.WriteAscii(output, "{"u8);
        WriteRaftAttributes(output, member);
        GoJson.WriteAscii(output, "}"u8);
        return output.WrittenSpan.ToArray();
    }

    /// <summary><c>{"name":…,"clientURLs":[…]}</c></summary>
    public static byte[] EncodeAttributes(Member member)
    {
        var output = new ArrayBufferWriter<byte>();
        GoJson.WriteAscii(output, "{"u8);
        WriteAttributes(output, member, isFirst: true);
        GoJson.WriteAscii(output, "}"u8);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Reads any of the documents above; fields that are absent keep what <paramref name="onto"/> has.</summary>
    /// <exception cref="FormatException">Not such a document.</exception>
    public static Member Decode(ReadOnlySpan<byte> json, Member onto) => Decode(json, onto, out _);

    /// <inheritdoc cref="Decode(ReadOnlySpan{byte}, Member)"/>
    public static Member Decode(ReadOnlySpan<byte> json, Member onto, out bool isPromote)
    {
        isPromote = false;
        Member member = onto;
        try
        {
            var reader = new Utf8JsonReader(json);
            Expect(ref reader, JsonTokenType.StartObject);
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string name = reader.GetString()!;
                reader.Read();
                switch (name)
                {
                    case "id": member = member with { Id = reader.GetUInt64() }; break;
                    case "peerURLs": member = member with { PeerUrls = ReadStrings(ref reader) }; break;
                    case "isLearner": member = member with { IsLearner = reader.GetBoolean() }; break;
                    case "name": member = member with { Name = reader.GetString() ?? "" }; break;
                    case "clientURLs": member = member with { ClientUrls = ReadStrings(ref reader) }; break;
                    case "isPromote": isPromote = reader.GetBoolean(); break;
                    default: reader.Skip(); break;
                }
            }
            if (reader.Read())
                throw new JsonException("something follows the object");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException($"not a member: {e.Message}", e);
        }
        return member;
    }

    private static string[] ReadStrings(ref Utf8JsonReader reader)
    {
        List<string> strings = [];
        if (reader.TokenType == JsonTokenType.Null)
            return [];
        if (reader.TokenType != JsonTokenType.StartArray)
            throw new JsonException("a list of URLs was expected");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            strings.Add(reader.GetString() ?? "");
        return [.. strings];
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type)
    {
        if (!reader.Read() || reader.TokenType != type)
            throw new JsonException($"{type} was expected");
    }

    private static void WriteRaftAttributes(IBufferWriter<byte> output, Member member)
    {
        GoJson.WriteAscii(output, "\"peerURLs\":"u8);
        if (member.PeerUrls.Count == 0)
            GoJson.WriteAscii(output, "null"u8);
        else
            WriteStrings(output, member.PeerUrls);
        if (member.IsLearner)
            GoJson.WriteAscii(output, ",\"isLearner\":true"u8);
    }

    private static void WriteAttributes(IBufferWriter<byte> output, Member member, bool isFirst)
    {
        if (member.Name.Length > 0)
        {
            GoJson.WriteAscii(output, isFirst ? "\"name\":"u8 : ",\"name\":"u8);
            GoJson.WriteString(output, member.Name);
            isFirst = false;
        }
        if (member.ClientUrls.Count > 0)
        {
            GoJson.WriteAscii(output, isFirst ? "\"clientURLs\":"u8 : ",\"clientURLs\":"u8);
            WriteStrings(output, member.ClientUrls);
        }
    }

    private static void WriteStrings(IBufferWriter<byte> output, IReadOnlyList<string> strings)
    {
        for (int i = 0; i < strings.Count; i++)
        {
            GoJson.WriteAscii(output, i == 0 ? "["u8 : ","u8);
            GoJson.WriteString(output, strings[i]);
        }
        GoJson.WriteAscii(output, "]"u8);
    }
}
