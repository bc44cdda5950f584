using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Etcd.Store.Mvcc.Index;

/// <summary>One node of the key index: sorted keys, each with a fixed-size payload, in 2 KiB.</summary>
/// <remarks>
/// <code>
/// 0     2          4        6             8      10      slots ->            &lt;- heap              prefix
/// | count | heapStart | garbage | prefixLength | kind | . | slot 0 | slot 1 | ... free ... | e1 | e0 | shared key bytes |
///
/// slot:   one u64: bits 0..15 offset of the entry in the page, bits 16..30 length of its inline key bytes, bit 31 a long key,
///         bits 32..63 the first four of these bytes, big-endian, so that a search rarely has to look at the entry
/// entry:  payload (leaf: KeyEntry, 32 bytes; branch: i32 child page, i32 live keys below it), then the inline key bytes
///         that follow the shared prefix, then for a long key the i32 id of the whole key in LongKeys
/// </code>
/// Keys of up to <see cref="InlineKeyBytes"/> bytes are inline; of a longer one only that many bytes are. In a branch, slot 0
/// has no key: it stands for everything below slot 1. All numbers are in the machine's byte order: pages never leave it.</remarks>
internal readonly ref struct IndexPage
{
    /// <summary>Bytes of a page.</summary>
    public const int Bytes = 2048;

    /// <summary>Key bytes that are kept in the page; a page of this size always has room for four such keys.</summary>
    public const int InlineKeyBytes = 252;

    public const int BranchPayloadBytes = 8;
    public const int HeaderBytes = 10;
    public const int SlotBytes = 8;
    public const int LongIdBytes = 4;
    private const uint LongKeyBit = 1u << 31;
    private const int LengthMask = 0x7fff;
    private readonly Span<byte> _bytes;

    public IndexPage(Span<byte> bytes) => _bytes = bytes;

    public int Count
    {
        get => Word(0);
        private set => SetWord(0, value);
    }

    public bool IsLeaf => _bytes[8] != 0;

    public int PrefixLength => Word(6);

    /// <summary>Key bytes that all keys of the page begin with.</summary>
    public ReadOnlySpan<byte> Prefix => _bytes[^PrefixLength..];

    /// <summary>Bytes in use, garbage not counted.</summary>
    public int UsedBytes => HeaderBytes + (Count * SlotBytes) + (Bytes - HeapStart) - Garbage;

    public int PayloadBytes => IsLeaf ? KeyEntry.Bytes : BranchPayloadBytes;

    private int HeapStart
    {
        get => Word(2);
        set => SetWord(2, value);
    }

    private int Garbage
    {
        get => Word(4);
        set => SetWord(4, value);
    }

    private int FreeBytes => HeapStart - HeaderBytes - (Count * SlotBytes);

    /// <summary>Makes the page an empty one.</summary>
    public void Clear(bool leaf, ReadOnlySpan<byte> prefix)
    {
        Count = 0;
        Garbage = 0;
        SetWord(6, prefix.Length);
        _bytes[8] = leaf ? (byte)1 : (byte)0;
        prefix.CopyTo(_bytes[^prefix.Length..]);
        HeapStart = Bytes - prefix.Length;
    }

    public KeyEntry Entry(int slot) => MemoryMarshal.Read<KeyEntry>(_bytes[EntryOffset(slot)..]);

    public void SetEntry(int slot, in KeyEntry entry) => MemoryMarshal.Write(_bytes[EntryOffset(slot)..], entry);

    public int Child(int slot) => MemoryMarshal.Read<int>(_bytes[EntryOffset(slot)..]);

    public void SetChild(int slot, int child) => MemoryMarshal.Write(_bytes[EntryOffset(slot)..], child);

    /// <summary>Keys below the child that exist now.</summary>
    public int Live(int slot) => MemoryMarshal.Read<int>(_bytes[(EntryOffset(slot) + sizeof(int))..]);

    public void SetLive(int slot, int live) => MemoryMarshal.Write(_bytes[(EntryOffset(slot) + sizeof(int))..], live);

    public ReadOnlySpan<byte> Payload(int slot) => _bytes.Slice(EntryOffset(slot), PayloadBytes);

    /// <summary>Inline key bytes behind the prefix.</summary>
    public ReadOnlySpan<byte> Suffix(int slot) => Suffix(Slot(slot));

    /// <summary>Id of the whole key in <see cref="LongKeys"/>; 0 if all of it is inline.</summary>
    public int LongId(int slot) => LongId(Slot(slot));

    /// <summary>Keys of this page that exist now.</summary>
    public int CountLive(int slots)
    {
        int live = 0;
        for (int slot = 0; slot < slots; slot++)
            live += IsLeaf ? Entry(slot).Live : Live(slot);
        return live;
    }

    /// <summary>Leaf: the first slot whose key is not below <paramref name="key"/>.</summary>
    public int LowerBound(ReadOnlySpan<byte> key, LongKeys longKeys, out bool found) => Search(0, key, longKeys, out found);

    /// <summary>Branch: the slot whose child has <paramref name="key"/>, if any has.</summary>
    public int ChildSlot(ReadOnlySpan<byte> key, LongKeys longKeys)
    {
        int slot = Search(1, key, longKeys, out bool found);
        return found ? slot : slot - 1;
    }

    /// <summary>Compares <paramref name="key"/> with the key in a slot: negative if it is smaller.</summary>
    public int Compare(ReadOnlySpan<byte> key, int slot, LongKeys longKeys)
    {
        int prefix = PrefixLength;
        int order = key[..Math.Min(prefix, key.Length)].SequenceCompareTo(Prefix);
        if (order != 0)
            return order;
        ReadOnlySpan<byte> rest = key[prefix..];
        return CompareSuffix(rest, HeadOfKey(rest, prefix), slot, longKeys);
    }

    /// <summary>Adds a key if the page's prefix is its beginning and there is room.</summary>
    /// <param name="slot">Where it belongs.</param>
    /// <param name="inlineKey">Its first bytes, at most <see cref="InlineKeyBytes"/>.</param>
    /// <param name="longId">Id of the whole key, or 0.</param>
    /// <param name="payload">Exactly <see cref="PayloadBytes"/> bytes.</param>
    public bool TryInsert(int slot, ReadOnlySpan<byte> inlineKey, int longId, ReadOnlySpan<byte> payload)
    {
        if (!inlineKey.StartsWith(Prefix))
            return false;
        int entryBytes = payload.Length + inlineKey.Length - PrefixLength + (longId == 0 ? 0 : LongIdBytes);
        if (FreeBytes < entryBytes + SlotBytes)
            return false;
        Append(slot, inlineKey[PrefixLength..], longId, payload);
        return true;
    }

    /// <summary>Adds an entry; the caller made sure that there is room and that the prefix was cut off.</summary>
    public void Append(int slot, ReadOnlySpan<byte> suffix, int longId, ReadOnlySpan<byte> payload)
    {
        int offset = HeapStart - payload.Length - suffix.Length - (longId == 0 ? 0 : LongIdBytes);
        payload.CopyTo(_bytes[offset..]);
        suffix.CopyTo(_bytes[(offset + payload.Length)..]);
        if (longId != 0)
            MemoryMarshal.Write(_bytes[(offset + payload.Length + suffix.Length)..], longId);
        HeapStart = offset;
        int at = SlotOffset(slot);
        _bytes[at..SlotOffset(Count)].CopyTo(_bytes[(at + SlotBytes)..]);
        uint length = (uint)suffix.Length | (longId == 0 ? 0 : LongKeyBit >> 16);
        MemoryMarshal.Write(_bytes[at..], (uint)offset | (ulong)length << 16 | (ulong)Head(suffix) << 32);
        Count++;
    }

    /// <summary>Takes a slot out; its entry becomes garbage until the page is rebuilt.</summary>
    public void Remove(int slot)
    {
        Garbage += PayloadBytes + KeyBytes(slot);
        int at = SlotOffset(slot);
        _bytes[(at + SlotBytes)..SlotOffset(Count)].CopyTo(_bytes[at..]);
        Count--;
    }

    /// <summary>Branch: makes slot 0 the one without a key, after the former slot 0 went.</summary>
    public void DropFirstKey()
    {
        Garbage += KeyBytes(0);
        MemoryMarshal.Write(_bytes[SlotOffset(0)..], (ulong)EntryOffset(0));
    }

    private int Search(int first, ReadOnlySpan<byte> key, LongKeys longKeys, out bool found)
    {
        found = false;
        int prefix = PrefixLength;
        int order = key[..Math.Min(prefix, key.Length)].SequenceCompareTo(Prefix);
        if (order != 0)
            return order < 0 ? first : Count;
        ReadOnlySpan<byte> rest = key[prefix..];
        uint head = HeadOfKey(rest, prefix);
        int low = first;
        int high = Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            order = CompareSuffix(rest, head, middle, longKeys);
            if (order == 0)
            {
                found = true;
                return middle;
            }
            if (order < 0)
                high = middle;
            else
                low = middle + 1;
        }
        return low;
    }

    private int CompareSuffix(ReadOnlySpan<byte> rest, uint head, int slot, LongKeys longKeys)
    {
        ulong word = Slot(slot);
        int order = head.CompareTo((uint)(word >> 32));
        if (order != 0)
            return order;
        ReadOnlySpan<byte> suffix = Suffix(word);
        if (((uint)word & LongKeyBit) == 0)
            return rest.SequenceCompareTo(suffix);
        order = rest[..Math.Min(suffix.Length, rest.Length)].SequenceCompareTo(suffix);
        return order != 0 ? order : rest[suffix.Length..].SequenceCompareTo(longKeys.Get(LongId(word)).AsSpan(InlineKeyBytes));
    }

    // Of a long key only the inline bytes count, as in its slot.
    private static uint HeadOfKey(ReadOnlySpan<byte> rest, int prefix) => Head(rest[..Math.Min(rest.Length, InlineKeyBytes - prefix)]);

    // Bytes that are missing count as zero: then a smaller head is a smaller key, and equal heads decide nothing.
    private static uint Head(ReadOnlySpan<byte> suffix)
    {
        if (suffix.Length >= sizeof(uint))
            return BinaryPrimitives.ReadUInt32BigEndian(suffix);
        uint head = 0;
        for (int i = 0; i < suffix.Length; i++)
            head |= (uint)suffix[i] << (24 - (8 * i));
        return head;
    }

    private static int SlotOffset(int slot) => HeaderBytes + (slot * SlotBytes);

    private ulong Slot(int slot) => MemoryMarshal.Read<ulong>(_bytes[SlotOffset(slot)..]);

    private int EntryOffset(int slot) => (ushort)Slot(slot);

    private ReadOnlySpan<byte> Suffix(ulong slot) => _bytes.Slice((ushort)slot + PayloadBytes, (int)(slot >> 16) & LengthMask);

    private int LongId(ulong slot) =>
        ((uint)slot & LongKeyBit) == 0 ? 0 : MemoryMarshal.Read<int>(_bytes[((ushort)slot + PayloadBytes + ((int)(slot >> 16) & LengthMask))..]);

    private int KeyBytes(int slot) => Suffix(slot).Length + (LongId(slot) == 0 ? 0 : LongIdBytes);

    private int Word(int offset) => MemoryMarshal.Read<ushort>(_bytes[offset..]);

    private void SetWord(int offset, int value) => MemoryMarshal.Write(_bytes[offset..], (ushort)value);
}
