namespace Etcd.TestKit.Disks;

/// <summary>The bytes of one file: what programs see now, and what the platter may hold after a power cut.</summary>
/// <remarks>Sectors of 512 bytes are written whole or not at all, unless garbled. For every sector written since the last
/// sync all its earlier versions are kept, oldest (the durable one) first. Guarded by the lock of the disk.</remarks>
internal sealed class DiskContent
{
    private const int SectorBytes = 512;
    private const int BlockBytes = 4096;
    private const int SectorsPerBlock = BlockBytes / SectorBytes;

    // A program that never syncs must not fill the memory; which old versions survive does not matter then.
    private const int MostVersions = 8;

    private readonly Dictionary<long, byte[]> _blocks = [];
    private readonly SortedDictionary<long, List<byte[]>> _unsynced = [];
    private readonly List<long> _unsyncedLengths = [];
    // Sectors whose version on the platter differs from what programs read although a (failed) sync came after the write.
    private readonly SortedDictionary<long, byte[]> _lost = [];
    private readonly List<DiskMapping> _mappings = [];
    private long _durableLength;
    private long _reservedBytes;

    public long Length { get; private set; }

    /// <summary>Space taken on the disk.</summary>
    public long AllocatedBytes => Math.Max(_reservedBytes, (long)_blocks.Count * BlockBytes);

    public int Read(long offset, Span<byte> buffer)
    {
        int total = (int)Math.Clamp(Length - offset, 0, buffer.Length);
        for (int done = 0; done < total;)
        {
            int start = (int)((offset + done) % BlockBytes);
            Span<byte> part = buffer.Slice(done, Math.Min(total - done, BlockBytes - start));
            if (_blocks.TryGetValue((offset + done) / BlockBytes, out byte[]? bytes))
                bytes.AsSpan(start, part.Length).CopyTo(part);
            else
                part.Clear();
            done += part.Length;
        }
        return total;
    }

    /// <summary>Space that a write would newly take.</summary>
    public long CostOf(long offset, int bytes)
    {
        long before = AllocatedBytes;
        long fresh = 0;
        for (long block = offset / BlockBytes; block <= (offset + bytes - 1) / BlockBytes && bytes > 0; block++)
            fresh += _blocks.ContainsKey(block) ? 0 : 1;
        return Math.Max(before, (_blocks.Count + fresh) * BlockBytes) - before;
    }

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return;
        for (long sector = offset / SectorBytes; sector <= (offset + bytes.Length - 1) / SectorBytes; sector++)
            RememberVersion(sector);
        if (offset + bytes.Length > Length)
            ChangeLength(offset + bytes.Length);
        Store(offset, bytes);
    }

    public void SetLength(long length)
    {
        if (length < Length)
            ClearFrom(length);
        if (length != Length)
            ChangeLength(length);
        _reservedBytes = Math.Min(_reservedBytes, length);
    }

    public void Reserve(long length)
    {
        _reservedBytes = Math.Max(_reservedBytes, length);
        if (length > Length)
            ChangeLength(length);
    }

    public void Sync()
    {
        _unsynced.Clear();
        _unsyncedLengths.Clear();
        _durableLength = Length;
    }

    /// <summary>A sync that failed: each sector reached the platter or not, and no later sync will write it again.</summary>
    /// <remarks>What programs read stays the new bytes, so the loss shows only after a power cut.</remarks>
    public void FailSync(Random random)
    {
        foreach ((long sector, List<byte[]> versions) in _unsynced)
        {
            if (random.Next(2) == 0)
                _lost[sector] = versions[random.Next(versions.Count)];
        }
        Sync();
    }

    /// <summary>The file as found after a power cut now.</summary>
    public DiskContent AfterPowerCut(Random random, UnsyncedFates fates)
    {
        var found = new DiskContent();
        long length = PickLength(random, fates);
        foreach ((long block, byte[] bytes) in _blocks)
            found._blocks[block] = (byte[])bytes.Clone();
        foreach ((long sector, byte[] platter) in _lost)
            found.StoreSector(sector, platter);
        foreach ((long sector, List<byte[]> versions) in _unsynced)
            found.StoreSector(sector, PickVersion(sector, versions, random, fates));
        found.Length = long.MaxValue;
        found.ClearFrom(length);
        found.Length = length;
        found._reservedBytes = Math.Min(_reservedBytes, length);
        found.Sync();
        return found;
    }

    public void Map(DiskMapping mapping)
    {
        foreach ((long block, byte[] bytes) in _blocks)
            mapping.Store(block * BlockBytes, bytes);
        _mappings.Add(mapping);
    }

    public void Unmap(DiskMapping mapping) => _mappings.Remove(mapping);

    private void ChangeLength(long length)
    {
        _unsyncedLengths.Add(Length);
        Length = length;
    }

    private void RememberVersion(long sector)
    {
        byte[] version = new byte[SectorBytes];
        if (_blocks.TryGetValue(sector / SectorsPerBlock, out byte[]? block))
            block.AsSpan((int)(sector % SectorsPerBlock) * SectorBytes, SectorBytes).CopyTo(version);
        _lost.Remove(sector, out byte[]? platter);
        if (!_unsynced.TryGetValue(sector, out List<byte[]>? versions))
            _unsynced[sector] = versions = platter is null ? [] : [platter];
        if (versions.Count == MostVersions)
            versions.RemoveAt(versions.Count / 2);
        versions.Add(version);
    }

    /// <summary>Zeroes everything from an offset on, so that it reads as zeros if the file grows again.</summary>
    private void ClearFrom(long offset)
    {
        foreach (long block in _blocks.Keys.Where(b => (b + 1) * BlockBytes > offset).ToArray())
        {
            long start = Math.Max(offset, block * BlockBytes);
            for (long sector = start / SectorBytes; sector < (block + 1) * SectorsPerBlock; sector++)
                RememberVersion(sector);
            Store(start, new byte[((block + 1) * BlockBytes) - start]);
            if (start == block * BlockBytes)
                _blocks.Remove(block);
        }
    }

    private void Store(long offset, ReadOnlySpan<byte> bytes)
    {
        foreach (DiskMapping mapping in _mappings)
            mapping.Store(offset, bytes);
        while (!bytes.IsEmpty)
        {
            long block = offset / BlockBytes;
            int start = (int)(offset % BlockBytes);
            int count = Math.Min(bytes.Length, BlockBytes - start);
            if (!_blocks.TryGetValue(block, out byte[]? target))
                _blocks[block] = target = new byte[BlockBytes];
            bytes[..count].CopyTo(target.AsSpan(start));
            bytes = bytes[count..];
            offset += count;
        }
    }

    private void StoreSector(long sector, ReadOnlySpan<byte> bytes) => Store(sector * SectorBytes, bytes);

    private long PickLength(Random random, UnsyncedFates fates) => fates switch
    {
        _ when _unsyncedLengths.Count == 0 || fates == UnsyncedFates.Kept => Length,
        UnsyncedFates.Dropped => _durableLength,
        _ => random.Next(3) switch
        {
            0 => _durableLength,
            1 => Length,
            _ => _unsyncedLengths[random.Next(_unsyncedLengths.Count)],
        },
    };

    private byte[] PickVersion(long sector, List<byte[]> versions, Random random, UnsyncedFates fates)
    {
        byte[] current = new byte[SectorBytes];
        if (_blocks.TryGetValue(sector / SectorsPerBlock, out byte[]? block))
            block.AsSpan((int)(sector % SectorsPerBlock) * SectorBytes, SectorBytes).CopyTo(current);
        ReadOnlySpan<UnsyncedFates> choices = [UnsyncedFates.Dropped, UnsyncedFates.Kept, UnsyncedFates.Garbled];
        UnsyncedFates fate;
        do
            fate = choices[random.Next(choices.Length)];
        while (!fates.HasFlag(fate));
        byte[] old = fates == UnsyncedFates.Dropped ? versions[0] : versions[random.Next(versions.Count)];
        switch (fate)
        {
            case UnsyncedFates.Kept:
                return current;
            case UnsyncedFates.Dropped:
                return old;
            default:
                byte[] noise = new byte[SectorBytes];
                if (random.Next(2) == 0)
                {
                    random.NextBytes(noise);
                    return noise;
                }
                int torn = random.Next(1, SectorBytes);
                current.AsSpan(0, torn).CopyTo(noise);
                old.AsSpan(torn).CopyTo(noise.AsSpan(torn));
                return noise;
        }
    }
}
