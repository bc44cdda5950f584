namespace Etcd.Bolt.Format;

/// <summary>What a branch says about the keys below one of its children: where to look first in the child's page.</summary>
/// <remarks>Keys of one page are spread about evenly in etcd (revisions count up), so that the first guess is nearly always right and
/// a look-up touches three cache lines of a page where halving touches a dozen. Only a guess depends on it, never an answer.</remarks>
internal readonly struct KeyBounds
{
    private readonly ulong _first;
    private readonly ulong _behind;

    /// <param name="first">Prefix of the smallest key, see <see cref="SearchKey.Prefix"/>.</param>
    /// <param name="behind">Prefix of a key that is larger than all; not above <paramref name="first"/> if nothing is known.</param>
    public KeyBounds(ulong first, ulong behind)
    {
        _first = first;
        _behind = behind;
    }

    /// <summary>Index of the element to look at first.</summary>
    /// <param name="key">The key that is sought.</param>
    /// <param name="count">Elements of the page, at least 1.</param>
    public int Guess(in SearchKey key, int count)
    {
        if (_behind <= _first)
            return count / 2;
        if (key.Prefix <= _first)
            return 0;
        return key.Prefix >= _behind ? count - 1 : (int)((double)(key.Prefix - _first) / (_behind - _first) * count);
    }
}
