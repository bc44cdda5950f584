using System.Text;
using Etcd.Store.Lease;

namespace Etcd.Store.Tests.Mvcc;

/// <summary>Which keys hang on which lease, and nothing else.</summary>
internal sealed class FakeLeases : ILeaseKeys
{
    private readonly SortedDictionary<string, long> _leaseOf = new(StringComparer.Ordinal);

    public HashSet<long> Granted { get; } = [];

    public bool Exists(long leaseId) => Granted.Contains(leaseId);

    public void Attach(long leaseId, ReadOnlyMemory<byte> key)
    {
        Assert.Contains(leaseId, Granted);
        _leaseOf[Encoding.Latin1.GetString(key.Span)] = leaseId;
    }

    public void Detach(long leaseId, ReadOnlyMemory<byte> key)
    {
        string text = Encoding.Latin1.GetString(key.Span);
        if (_leaseOf.TryGetValue(text, out long lease) && lease == leaseId)
            _leaseOf.Remove(text);
    }

    public List<string> KeysOf(long leaseId) => [.. _leaseOf.Where(pair => pair.Value == leaseId).Select(pair => pair.Key)];

    public void Forget() => _leaseOf.Clear();
}
