using System.Buffers.Binary;
using System.Text;

namespace Etcdctl.Globals;

/// <summary>A place that a DNS SRV record (RFC 2782) points to.</summary>
internal readonly record struct SrvRecord(ushort Priority, ushort Port, string Target);

/// <summary>The little of RFC 1035 that an SRV look-up needs; .NET's resolver has no SRV.</summary>
/// <remarks><code>
/// header: id(2) flags(2) questions(2) answers(2) authorities(2) additional(2)
/// question: name type(2) class(2)      answer: name type(2) class(2) ttl(4) length(2) data
/// SRV data: priority(2) weight(2) port(2) target-name
/// </code></remarks>
internal static class DnsMessage
{
    private const int HeaderBytes = 12;
    private const ushort TypeSrv = 33;
    private const ushort ClassInternet = 1;
    private const ushort RecursionDesired = 0x0100;
    private const int MaxJumps = 32;

    public static byte[] SrvQuery(ushort id, string name)
    {
        var query = new MemoryStream();
        WriteShorts(query, id, RecursionDesired, 1, 0, 0, 0);
        foreach (string label in name.TrimEnd('.').Split('.'))
        {
            byte[] bytes = Encoding.ASCII.GetBytes(label);
            query.WriteByte((byte)Math.Min(bytes.Length, 63));
            query.Write(bytes.AsSpan(0, Math.Min(bytes.Length, 63)));
        }
        query.WriteByte(0);
        WriteShorts(query, TypeSrv, ClassInternet);
        return query.ToArray();
    }

    /// <exception cref="InvalidDataException">Not an answer to that query, or cut short.</exception>
    public static List<SrvRecord> ReadSrvAnswers(ReadOnlySpan<byte> message, ushort id)
    {
        if (message.Length < HeaderBytes || Short(message, 0) != id)
            throw new InvalidDataException("answer to another question");
        int position = HeaderBytes;
        for (int questions = Short(message, 4); questions > 0; questions--)
        {
            _ = ReadName(message, ref position);
            position += 4;
        }
        List<SrvRecord> records = [];
        for (int answers = Short(message, 6); answers > 0; answers--)
        {
            _ = ReadName(message, ref position);
            ushort type = Short(message, position);
            int length = Short(message, position + 8);
            int data = position + 10;
            position = data + length;
            if (type != TypeSrv)
                continue;
            int target = data + 6;
            records.Add(new SrvRecord(Short(message, data), Short(message, data + 4), ReadName(message, ref target)));
        }
        return records;
    }

    private static string ReadName(ReadOnlySpan<byte> message, ref int position)
    {
        var name = new StringBuilder();
        int at = position;
        int? behind = null;
        for (int jumps = 0; jumps < MaxJumps;)
        {
            int length = Byte(message, at);
            if (length == 0)
            {
                position = behind ?? at + 1;
                return name.ToString();
            }
            if (length >= 0xc0)
            {
                behind ??= at + 2;
                at = ((length & 0x3f) << 8) | Byte(message, at + 1);
                jumps++;
                continue;
            }
            if (at + 1 + length > message.Length)
                throw new InvalidDataException("name is cut short");
            if (name.Length > 0)
                name.Append('.');
            name.Append(Encoding.ASCII.GetString(message.Slice(at + 1, length)));
            at += 1 + length;
        }
        throw new InvalidDataException("name points at itself");
    }

    private static byte Byte(ReadOnlySpan<byte> message, int at) =>
        (uint)at < (uint)message.Length ? message[at] : throw new InvalidDataException("message is cut short");

    private static ushort Short(ReadOnlySpan<byte> message, int at) =>
        at >= 0 && at + 2 <= message.Length ? BinaryPrimitives.ReadUInt16BigEndian(message[at..]) : throw new InvalidDataException("message is cut short");

    private static void WriteShorts(MemoryStream output, params ReadOnlySpan<ushort> values)
    {
        Span<byte> bytes = stackalloc byte[2];
        foreach (ushort value in values)
        {
            BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
            output.Write(bytes);
        }
    }
}
