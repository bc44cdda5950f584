using System.Collections;
using System.Text;

namespace Etcd.Grpc;

/// <summary>Headers or trailers of one call, in order. A name may occur more than once.</summary>
/// <remarks>Names are lower case ASCII. A name that ends in <c>-bin</c> carries bytes, which travel as base64; any other
/// carries printable ASCII. Not thread-safe.</remarks>
public sealed class Metadata : IEnumerable<MetadataEntry>
{
    private readonly List<MetadataEntry> _entries = [];

    public int Count => _entries.Count;

    /// <summary>Adds a text value.</summary>
    /// <exception cref="ArgumentException">The name or the value cannot be a gRPC header.</exception>
    public void Add(string key, string value) => _entries.Add(new MetadataEntry(key, value));

    /// <summary>Adds a value of bytes.</summary>
    /// <exception cref="ArgumentException">The name does not end in <c>-bin</c>.</exception>
    public void Add(string key, byte[] value) => _entries.Add(new MetadataEntry(key, value));

    public void Add(MetadataEntry entry) => _entries.Add(entry);

    /// <summary>The first text value of that name, or null.</summary>
    public string? Get(string key)
    {
        foreach (MetadataEntry entry in _entries)
        {
            if (string.Equals(entry.Key, key, StringComparison.OrdinalIgnoreCase) && !entry.IsBinary)
                return entry.Value;
        }
        return null;
    }

    public List<MetadataEntry>.Enumerator GetEnumerator() => _entries.GetEnumerator();

    IEnumerator<MetadataEntry> IEnumerable<MetadataEntry>.GetEnumerator() => _entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _entries.GetEnumerator();
}

/// <summary>One header or trailer of a call.</summary>
public readonly record struct MetadataEntry
{
    private const string BinarySuffix = "-bin";

    public MetadataEntry(string key, string value)
    {
        Key = CheckedKey(key);
        if (IsBinary)
            throw new ArgumentException($"metadata {Key} must be bytes because its name ends in {BinarySuffix}", nameof(value));
        if (value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            throw new ArgumentException($"metadata {Key} may only contain printable ASCII", nameof(value));
        Value = value;
    }

    public MetadataEntry(string key, byte[] value)
    {
        Key = CheckedKey(key);
        if (!IsBinary)
            throw new ArgumentException($"metadata {Key} must end in {BinarySuffix} to carry bytes", nameof(key));
        Value = Convert.ToBase64String(value).TrimEnd('=');
    }

    public string Key { get; private init; }

    /// <summary>As it travels: the text itself, or unpadded base64 for a binary entry.</summary>
    public string Value { get; private init; }

    public bool IsBinary => Key.EndsWith(BinarySuffix, StringComparison.Ordinal);

    /// <summary>The bytes of a binary entry, or the ASCII bytes of a text entry.</summary>
    /// <exception cref="FormatException">A binary entry that came from outside is no base64.</exception>
    public byte[] ToBytes() => IsBinary
        ? TryDecodeBinary(Value, out byte[] bytes) ? bytes : throw new FormatException($"metadata {Key} is no base64")
        : Encoding.ASCII.GetBytes(Value);

    /// <summary>Makes an entry of a received header without judging its value.</summary>
    public static MetadataEntry FromWire(string key, string value) => new() { Key = key, Value = value };

    /// <summary>Decodes a <c>-bin</c> value; padding is optional, as the protocol asks of readers.</summary>
    public static bool TryDecodeBinary(ReadOnlySpan<char> value, out byte[] bytes)
    {
        string padded = value.TrimEnd('=').ToString();
        padded = padded.PadRight((padded.Length + 3) / 4 * 4, '=');
        bytes = new byte[padded.Length / 4 * 3];
        bool decoded = Convert.TryFromBase64String(padded, bytes, out int written);
        bytes = bytes[..written];
        return decoded;
    }

    private static string CheckedKey(string key)
    {
        string lower = key.ToLowerInvariant();
        foreach (char letter in lower)
        {
            if (letter is not ((>= 'a' and <= 'z') or (>= '0' and <= '9') or '-' or '_' or '.'))
                throw new ArgumentException($"metadata name \"{key}\" contains '{letter}'", nameof(key));
        }
        return lower.Length > 0 ? lower : throw new ArgumentException("metadata name is empty", nameof(key));
    }
}
