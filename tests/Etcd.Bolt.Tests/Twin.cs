namespace Etcd.Bolt.Tests;

/// <summary>A bucket as a sorted map in memory: what the database must hold.</summary>
internal sealed class Twin
{
    // Keys in hex sort like their bytes.
    private readonly SortedDictionary<string, object> _entries = new(StringComparer.Ordinal);

    public ulong Sequence { get; set; }

    public IEnumerable<(byte[] Key, byte[]? Value, Twin? Bucket)> Entries =>
        _entries.Select(static e => (Convert.FromHexString(e.Key), e.Value as byte[], e.Value as Twin));

    public int Count => _entries.Count;

    public void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => _entries[Convert.ToHexString(key)] = value.ToArray();

    public bool Delete(ReadOnlySpan<byte> key) => _entries.Remove(Convert.ToHexString(key));

    public byte[]? Get(ReadOnlySpan<byte> key) => _entries.GetValueOrDefault(Convert.ToHexString(key)) as byte[];

    public Twin? Bucket(ReadOnlySpan<byte> name) => _entries.GetValueOrDefault(Convert.ToHexString(name)) as Twin;

    public Twin AddBucket(ReadOnlySpan<byte> name)
    {
        var bucket = new Twin();
        _entries.Add(Convert.ToHexString(name), bucket);
        return bucket;
    }

    public Twin Clone()
    {
        var clone = new Twin { Sequence = Sequence };
        foreach ((string key, object value) in _entries)
            clone._entries[key] = value is Twin bucket ? bucket.Clone() : value;
        return clone;
    }

    /// <summary>Everything that a read transaction sees.</summary>
    public static Twin Of(BoltReadTransaction read)
    {
        var twin = new Twin();
        BoltCursor names = read.Cursor();
        for (bool isAt = names.First(); isAt; isAt = names.Next())
            Fill(twin.AddBucket(names.Key), read.Bucket(names.Key));
        return twin;
    }

    public static Twin Of(BoltDatabase database)
    {
        using BoltReadTransaction read = database.BeginRead();
        return Of(read);
    }

    /// <summary>A text that is equal for equal contents and shows the first difference in a failed assertion.</summary>
    public override string ToString() => string.Join('\n', Lines(""));

    public override bool Equals(object? obj) => obj is Twin other && Lines("").SequenceEqual(other.Lines(""));

    public override int GetHashCode() => Count;

    private static void Fill(Twin twin, BoltBucket bucket)
    {
        twin.Sequence = bucket.Sequence;
        BoltCursor cursor = bucket.Cursor();
        for (bool isAt = cursor.First(); isAt; isAt = cursor.Next())
        {
            if (cursor.IsBucket)
                Fill(twin.AddBucket(cursor.Key), bucket.Bucket(cursor.Key));
            else
                twin.Put(cursor.Key, cursor.Value);
        }
    }

    private IEnumerable<string> Lines(string indent)
    {
        yield return $"{indent}sequence {Sequence}";
        foreach ((string key, object value) in _entries)
        {
            if (value is Twin bucket)
            {
                yield return $"{indent}{key}:";
                foreach (string line in bucket.Lines(indent + "  "))
                    yield return line;
            }
            else
            {
                yield return $"{indent}{key} = {Convert.ToHexString((byte[])value)}";
            }
        }
    }
}
