using Google.Protobuf;

namespace Etcd.Client;

/// <summary>Which keys a request is about: one, a half-open range, a prefix, or all from one on.</summary>
public readonly record struct KeyRange
{
    private static readonly ByteString s_zero = ByteString.CopyFrom(0);

    private KeyRange(ByteString key, ByteString end)
    {
        Key = key;
        End = end;
    }

    /// <summary>First key.</summary>
    public ByteString Key { get; }

    /// <summary>Exclusive end: empty for a single key, one zero byte for "no end".</summary>
    public ByteString End { get; }

    public static KeyRange One(ByteString key) => new(key, ByteString.Empty);

    public static KeyRange One(string key) => One(ByteString.CopyFromUtf8(key));

    /// <summary>All keys with key ≤ x &lt; end, bytewise.</summary>
    public static KeyRange Between(ByteString key, ByteString end) => new(key, end);

    /// <inheritdoc cref="Between(ByteString, ByteString)"/>
    public static KeyRange Between(string key, string end) => new(ByteString.CopyFromUtf8(key), ByteString.CopyFromUtf8(end));

    /// <summary>All keys that are not less.</summary>
    public static KeyRange From(ByteString key) => new(key.IsEmpty ? s_zero : key, s_zero);

    /// <inheritdoc cref="From(ByteString)"/>
    public static KeyRange From(string key) => From(ByteString.CopyFromUtf8(key));

    /// <summary>All keys that begin with these bytes; with none, all keys.</summary>
    public static KeyRange Prefix(ByteString prefix) => prefix.IsEmpty ? All : new(prefix, PrefixEnd(prefix));

    /// <inheritdoc cref="Prefix(ByteString)"/>
    public static KeyRange Prefix(string prefix) => Prefix(ByteString.CopyFromUtf8(prefix));

    public static KeyRange All => new(s_zero, s_zero);

    public static implicit operator KeyRange(string key) => One(key);

    public static implicit operator KeyRange(ByteString key) => One(key);

    /// <summary>The end of a prefix: its last byte below 0xff raised by one, what follows cut; one zero byte if there is none.</summary>
    public static ByteString PrefixEnd(ByteString prefix)
    {
        ReadOnlySpan<byte> bytes = prefix.Span;
        int last = bytes.LastIndexOfAnyExcept((byte)0xff);
        if (last < 0)
            return s_zero;
        byte[] end = bytes[..(last + 1)].ToArray();
        end[last]++;
        return UnsafeByteOperations.UnsafeWrap(end);
    }
}
