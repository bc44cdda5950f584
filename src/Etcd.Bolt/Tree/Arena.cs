using System.Runtime.InteropServices;
using Etcd.Foundation;

namespace Etcd.Bolt.Tree;

/// <summary>Memory of one write transaction: keys, values and node arrays, freed all at once when it ends.</summary>
/// <remarks>Native, so that ten thousand puts make no work for the garbage collector. Not thread-safe.</remarks>
internal sealed unsafe class Arena : IDisposable
{
    private const int BlockBytes = 1024 * 1024;
    private const int Alignment = 8;

    // Kept for the next transaction: enough for 10 000 puts of 300 bytes.
    private const int KeptBlocks = 6;

    private readonly List<nint> _blocks = [];
    private readonly List<nint> _large = [];
    private int _usedBlocks;
    private byte* _next;
    private long _left;

    /// <summary>Memory with undefined content, aligned to 8 bytes.</summary>
    public byte* Take(long bytes)
    {
        Invariant.Holds(bytes >= 0, $"arena asked for {bytes} bytes");
        long rounded = (bytes + Alignment - 1) & ~(Alignment - 1L);
        if (rounded > _left)
        {
            if (rounded > BlockBytes / 4)
                return TakeLarge(rounded);
            StartBlock();
        }
        byte* taken = _next;
        _next += rounded;
        _left -= rounded;
        return taken;
    }

    /// <summary>A copy of two spans behind each other.</summary>
    public byte* Copy(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        byte* target = Take((long)first.Length + second.Length);
        first.CopyTo(new Span<byte>(target, first.Length));
        second.CopyTo(new Span<byte>(target + first.Length, second.Length));
        return target;
    }

    public void Reset()
    {
        for (int i = KeptBlocks; i < _blocks.Count; i++)
            NativeMemory.Free((void*)_blocks[i]);
        if (_blocks.Count > KeptBlocks)
            _blocks.RemoveRange(KeptBlocks, _blocks.Count - KeptBlocks);
        foreach (nint block in _large)
            NativeMemory.Free((void*)block);
        _large.Clear();
        _usedBlocks = 0;
        _next = null;
        _left = 0;
    }

    public void Dispose()
    {
        Reset();
        foreach (nint block in _blocks)
            NativeMemory.Free((void*)block);
        _blocks.Clear();
    }

    private void StartBlock()
    {
        if (_usedBlocks == _blocks.Count)
            _blocks.Add((nint)NativeMemory.Alloc(BlockBytes));
        _next = (byte*)_blocks[_usedBlocks++];
        _left = BlockBytes;
    }

    private byte* TakeLarge(long bytes)
    {
        byte* block = (byte*)NativeMemory.Alloc((nuint)bytes);
        _large.Add((nint)block);
        return block;
    }
}
