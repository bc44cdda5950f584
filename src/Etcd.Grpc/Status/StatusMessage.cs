using System.Buffers;
using System.Text;

namespace Etcd.Grpc;

/// <summary>Percent coding of <c>grpc-message</c> (gRPC over HTTP/2, "Responses").</summary>
public static class StatusMessage
{
    private static readonly SearchValues<char> s_plain = SearchValues.Create(
        " !\"#$&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~");

    /// <summary>Encodes all but printable ASCII (and the percent sign) as <c>%XX</c> of its UTF-8 bytes.</summary>
    /// <returns>The same string if there is nothing to encode, which holds for every message etcd has a name for.</returns>
    public static string Encode(string message)
    {
        int firstSpecial = message.AsSpan().IndexOfAnyExcept(s_plain);
        if (firstSpecial < 0)
            return message;
        var encoded = new StringBuilder(message, 0, firstSpecial, message.Length + 16);
        foreach (byte unit in Encoding.UTF8.GetBytes(message, firstSpecial, message.Length - firstSpecial))
        {
            if (unit is >= 0x20 and <= 0x7e and not (byte)'%')
                encoded.Append((char)unit);
            else
                encoded.Append('%').Append(unit.ToString("X2"));
        }
        return encoded.ToString();
    }

    /// <summary>Decodes <c>%XX</c>; what is no valid escape stays as it is, because a broken text must not hide the error.</summary>
    public static string Decode(string encoded)
    {
        int firstPercent = encoded.IndexOf('%');
        if (firstPercent < 0)
            return encoded;
        var decoded = new ArrayBufferWriter<byte>(encoded.Length);
        ReadOnlySpan<char> rest = encoded;
        while (!rest.IsEmpty)
        {
            if (rest[0] == '%' && rest.Length >= 3 && byte.TryParse(rest[1..3], System.Globalization.NumberStyles.AllowHexSpecifier, provider: null, out byte unit))
            {
                decoded.Write([unit]);
                rest = rest[3..];
                continue;
            }
            int next = rest[1..].IndexOf('%');
            int plainLength = next < 0 ? rest.Length : next + 1;
            Encoding.UTF8.GetBytes(rest[..plainLength], decoded);
            rest = rest[plainLength..];
        }
        return Encoding.UTF8.GetString(decoded.WrittenSpan);
    }
}
