using Etcd.Store.Backend;

namespace Etcd.Store.Tests.Apply;

/// <summary>A backend without disk: ten sorted maps.</summary>
internal sealed class MemoryBackend : IBackend
{
    private readonly Dictionary<Bucket, SortedDictionary<byte[], ReadOnlyMemory<byte>>> _buckets =
        Enum.GetValues<Bucket>().ToDictionary(static bucket => bucket, static _ => new SortedDictionary<byte[], ReadOnlyMemory<byte>>(
            Comparer<byte[]>.Create(static (left, right) => left.AsSpan().SequenceCompareTo(right))));

    public void Put(Bucket bucket, ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value) => _buckets[bucket][key.ToArray()] = value;

    public void Delete(Bucket bucket, ReadOnlyMemory<byte> key) => _buckets[bucket].Remove(key.ToArray());

    public ReadOnlyMemory<byte>? Get(Bucket bucket, ReadOnlyMemory<byte> key) =>
        _buckets[bucket].TryGetValue(key.ToArray(), out ReadOnlyMemory<byte> value) ? value : null;

    public IReadOnlyList<KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>> Scan(Bucket bucket) =>
        [.. _buckets[bucket].Select(static pair => KeyValuePair.Create((ReadOnlyMemory<byte>)pair.Key, pair.Value))];

    /// <summary>Key and value of every pair in hex, in order.</summary>
    public string[] Dump(Bucket bucket) =>
        [.. _buckets[bucket].Select(static pair => $"{Convert.ToHexStringLower(pair.Key)}={Convert.ToHexStringLower(pair.Value.Span)}")];
}
