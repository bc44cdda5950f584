using System.Numerics;

namespace Etcd.Bolt.Pages;

/// <summary>A set of page numbers, one bit each, that finds runs of neighbours quickly.</summary>
/// <remarks>A database of 8 GiB needs 256 KiB. Not thread-safe.</remarks>
internal sealed class PageBitmap
{
    private const int WordBits = 64;
    private ulong[] _words = [];

    // No member lies in a word before this one.
    private int _firstWord;

    // No run of this length or longer exists; shrinks when a search fails, forgotten when pages are added.
    private long _absentRun = long.MaxValue;

    public long Count { get; private set; }

    public bool Contains(ulong page)
    {
        ulong word = page / WordBits;
        return word < (ulong)_words.Length && (_words[word] & Bit(page)) != 0;
    }

    /// <returns>False if the page was a member already.</returns>
    public bool Add(ulong page)
    {
        int word = checked((int)(page / WordBits));
        if (word >= _words.Length)
            Array.Resize(ref _words, Math.Max(word + 1, _words.Length * 2));
        if ((_words[word] & Bit(page)) != 0)
            return false;
        _words[word] |= Bit(page);
        _firstWord = Math.Min(_firstWord, word);
        _absentRun = long.MaxValue;
        Count++;
        return true;
    }

    public void Remove(ulong page)
    {
        if (!Contains(page))
            return;
        _words[page / WordBits] &= ~Bit(page);
        Count--;
    }

    public void Clear()
    {
        _words.AsSpan().Clear();
        _firstWord = 0;
        Count = 0;
    }

    /// <summary>Takes the lowest run of <paramref name="length"/> neighbours out of the set.</summary>
    /// <returns>False if there is no such run.</returns>
    public bool TryTakeRun(long length, out ulong first)
    {
        first = 0;
        if (Count < length || length >= _absentRun)
            return false;
        SkipEmptyWords();
        if (!TryFindRun(length, out first))
        {
            _absentRun = length;
            return false;
        }
        for (ulong page = first; page < first + (ulong)length; page++)
            _words[page / WordBits] &= ~Bit(page);
        Count -= length;
        return true;
    }

    /// <summary>The members in ascending order.</summary>
    public IEnumerable<ulong> Members()
    {
        for (int word = _firstWord; word < _words.Length; word++)
        {
            for (ulong bits = _words[word]; bits != 0; bits &= bits - 1)
                yield return ((ulong)word * WordBits) + (ulong)BitOperations.TrailingZeroCount(bits);
        }
    }

    private bool TryFindRun(long length, out ulong first)
    {
        long run = 0;
        first = 0;
        for (int word = _firstWord; word < _words.Length; word++)
        {
            ulong bits = _words[word];
            if (bits == 0)
            {
                run = 0;
                continue;
            }
            // Walks the word in alternating stretches of zeros and ones.
            for (int bit = 0; bit < WordBits;)
            {
                int zeros = BitOperations.TrailingZeroCount(bits >> bit);
                if (zeros > 0)
                    run = 0;
                bit += zeros;
                if (bit >= WordBits)
                    break;
                int ones = Math.Min(BitOperations.TrailingZeroCount(~(bits >> bit)), WordBits - bit);
                if (run == 0)
                    first = ((ulong)word * WordBits) + (ulong)bit;
                run += ones;
                if (run >= length)
                    return true;
                bit += ones;
            }
        }
        return false;
    }

    private void SkipEmptyWords()
    {
        while (_firstWord < _words.Length && _words[_firstWord] == 0)
            _firstWord++;
    }

    private static ulong Bit(ulong page) => 1UL << (int)(page % WordBits);
}
