namespace Etcd.Store.Backend;

/// <summary>Memory for records, cut from larger pieces so that a small record costs no object of its own. Apply thread only.</summary>
/// <remarks>A piece lives as long as anything cut from it is in use: until the commit, or until the last watcher got it.</remarks>
internal sealed class RecordMemory
{
    private const int PieceBytes = 64 * 1024; // Below the large object heap: pieces are short-lived.
    private byte[] _piece = [];
    private int _used;

    public Memory<byte> Take(int bytes)
    {
        if (bytes > PieceBytes / 4)
            return new byte[bytes];
        if (_piece.Length - _used < bytes)
        {
            _piece = GC.AllocateUninitializedArray<byte>(PieceBytes);
            _used = 0;
        }
        _used += bytes;
        return _piece.AsMemory(_used - bytes, bytes);
    }
}
