namespace Etcd.Store.Lease;

/// <summary>Leases by the time to look at them next: a binary heap in which each lease knows its place, so that a
/// keep-alive moves it in O(log n) without a search.</summary>
internal sealed class ExpiryHeap
{
    // _leases[i].HeapIndex == i for every i below _count; parents are never later than their children.
    private LeaseEntry[] _leases = [];
    private int _count;

    public LeaseEntry? First => _count == 0 ? null : _leases[0];

    public void AddOrMove(LeaseEntry lease, TimeSpan lookAt)
    {
        lease.LookAt = lookAt;
        if (lease.HeapIndex < 0)
        {
            if (_count == _leases.Length)
                Array.Resize(ref _leases, Math.Max(16, _count * 2));
            Place(lease, _count++);
        }
        SiftUp(lease.HeapIndex);
        SiftDown(lease.HeapIndex);
    }

    public void Remove(LeaseEntry lease)
    {
        int hole = lease.HeapIndex;
        if (hole < 0)
            return;
        lease.HeapIndex = -1;
        LeaseEntry last = _leases[--_count];
        _leases[_count] = null!;
        if (hole == _count)
            return;
        Place(last, hole);
        SiftUp(hole);
        SiftDown(last.HeapIndex);
    }

    public void Clear()
    {
        for (int i = 0; i < _count; i++)
            _leases[i].HeapIndex = -1;
        _leases = [];
        _count = 0;
    }

    // Ids break ties, so that the order never depends on how the heap came about.
    private static bool IsBefore(LeaseEntry left, LeaseEntry right) =>
        left.LookAt != right.LookAt ? left.LookAt < right.LookAt : left.Id < right.Id;

    private void SiftUp(int index)
    {
        LeaseEntry lease = _leases[index];
        while (index > 0)
        {
            int parent = (index - 1) / 2;
            if (!IsBefore(lease, _leases[parent]))
                break;
            Place(_leases[parent], index);
            index = parent;
        }
        Place(lease, index);
    }

    private void SiftDown(int index)
    {
        LeaseEntry lease = _leases[index];
        while (true)
        {
            int child = 2 * index + 1;
            if (child >= _count)
                break;
            if (child + 1 < _count && IsBefore(_leases[child + 1], _leases[child]))
                child++;
            if (!IsBefore(_leases[child], lease))
                break;
            Place(_leases[child], index);
            index = child;
        }
        Place(lease, index);
    }

    private void Place(LeaseEntry lease, int index)
    {
        _leases[index] = lease;
        lease.HeapIndex = index;
    }
}
