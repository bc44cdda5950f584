using System.Diagnostics;

namespace Etcd.Store.Mvcc.Index;

/// <summary>Takes pages apart into whole inline keys and builds pages from them: for splits, merges, and whenever a page's
/// shared prefix has to change. Reused; writer only.</summary>
internal sealed class PageScratch
{
    private readonly List<Item> _items = [];
    private byte[] _bytes = new byte[8 * IndexPage.Bytes];
    private int _used;
    private bool _leaf;

    public int Count => _items.Count;

    public ReadOnlySpan<byte> InlineKey(int index) => _bytes.AsSpan(_items[index].KeyOffset, _items[index].KeyLength);

    public int LongId(int index) => _items[index].LongId;

    public void Clear(bool leaf)
    {
        _items.Clear();
        _used = 0;
        _leaf = leaf;
    }

    /// <summary>Adds all entries of a page at the end.</summary>
    public void AddAll(IndexPage page)
    {
        for (int slot = 0; slot < page.Count; slot++)
        {
            Span<byte> key = Reserve(IndexPage.InlineKeyBytes + KeyEntry.Bytes);
            int length = 0;
            if (_leaf || slot > 0)
            {
                page.Prefix.CopyTo(key);
                page.Suffix(slot).CopyTo(key[page.PrefixLength..]);
                length = page.PrefixLength + page.Suffix(slot).Length;
            }
            Finish(_items.Count, length, page.LongId(slot), page.Payload(slot));
        }
    }

    /// <summary>Puts one entry in.</summary>
    public void Insert(int index, ReadOnlySpan<byte> inlineKey, int longId, ReadOnlySpan<byte> payload)
    {
        inlineKey.CopyTo(Reserve(inlineKey.Length + KeyEntry.Bytes));
        Finish(index, inlineKey.Length, longId, payload);
    }

    /// <summary>Branch: gives the entry that was a page's slot 0 the key that its parent knew it by.</summary>
    public void SetKey(int index, ReadOnlySpan<byte> inlineKey, int longId)
    {
        Item item = _items[index];
        inlineKey.CopyTo(Reserve(inlineKey.Length));
        _items[index] = item with { KeyOffset = _used, KeyLength = inlineKey.Length, LongId = longId };
        _used += inlineKey.Length;
    }

    /// <summary>Bytes of a page with the entries from <paramref name="from"/> up to, not including, <paramref name="to"/>.</summary>
    public int PageBytes(int from, int to)
    {
        int prefix = PrefixLength(from, to);
        int bytes = IndexPage.HeaderBytes + prefix;
        for (int index = from; index < to; index++)
            bytes += EntryBytes(index, index == from, prefix);
        return bytes;
    }

    /// <summary>Fills a page with the entries from <paramref name="from"/> up to, not including, <paramref name="to"/>.</summary>
    public void Build(IndexPage page, int from, int to)
    {
        int prefix = PrefixLength(from, to);
        page.Clear(_leaf, prefix == 0 ? default : InlineKey(FirstKeyed(from))[..prefix]);
        for (int index = from; index < to; index++)
        {
            Item item = _items[index];
            bool keyless = !_leaf && index == from;
            page.Append(
                index - from,
                keyless ? default : InlineKey(index)[prefix..],
                keyless ? 0 : item.LongId,
                _bytes.AsSpan(item.PayloadOffset, item.PayloadLength));
        }
    }

    /// <summary>Where to cut so that both halves have about the same size; neither is empty.</summary>
    public int MiddleByBytes()
    {
        int total = 0;
        for (int index = 0; index < Count; index++)
            total += EntryBytes(index, isFirst: false, prefix: 0);
        int half = 0;
        int cut = 0;
        while (cut < Count - 1 && half < total / 2)
            half += EntryBytes(cut++, isFirst: false, prefix: 0);
        return Math.Max(1, cut);
    }

    private int FirstKeyed(int from) => _leaf ? from : from + 1;

    // Keys are sorted, so what the first and the last share all share.
    private int PrefixLength(int from, int to)
    {
        int first = FirstKeyed(from);
        return first >= to ? 0 : InlineKey(first).CommonPrefixLength(InlineKey(to - 1));
    }

    private int EntryBytes(int index, bool isFirst, int prefix)
    {
        Item item = _items[index];
        int bytes = IndexPage.SlotBytes + item.PayloadLength;
        return isFirst && !_leaf ? bytes : bytes + item.KeyLength - prefix + (item.LongId == 0 ? 0 : IndexPage.LongIdBytes);
    }

    private Span<byte> Reserve(int bytes)
    {
        if (_bytes.Length - _used < bytes)
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _used + bytes));
        return _bytes.AsSpan(_used);
    }

    private void Finish(int index, int keyLength, int longId, ReadOnlySpan<byte> payload)
    {
        Debug.Assert(keyLength <= IndexPage.InlineKeyBytes, "an inline key is too long");
        int payloadOffset = _used + keyLength;
        payload.CopyTo(_bytes.AsSpan(payloadOffset));
        _items.Insert(index, new Item(_used, keyLength, longId, payloadOffset, payload.Length));
        _used = payloadOffset + payload.Length;
    }

    private readonly record struct Item(int KeyOffset, int KeyLength, int LongId, int PayloadOffset, int PayloadLength);
}
