using System.Buffers.Binary;
using Etcd.Bolt.Format;

namespace Etcd.Bolt.Tests.Format;

public class KeyBoundsTests
{
    [Fact]
    public void Guess_EvenKeys_IsExact()
    {
        var bounds = new KeyBounds(1000, 1011);
        for (ulong main = 1000; main < 1011; main++)
            Assert.Equal((int)(main - 1000), bounds.Guess(new SearchKey(Key(main)), 11));
    }

    [Theory]
    [InlineData(0ul, 0ul)]
    [InlineData(5ul, 5ul)]
    [InlineData(9ul, 3ul)]
    [InlineData(0ul, ulong.MaxValue)]
    [InlineData(ulong.MaxValue - 1, ulong.MaxValue)]
    public void Guess_AnyKeyAndBounds_IsAnElement(ulong first, ulong behind)
    {
        var bounds = new KeyBounds(first, behind);
        foreach (ulong main in (ulong[])[0, 1, 5, 6, 1ul << 52, ulong.MaxValue - 2, ulong.MaxValue - 1, ulong.MaxValue])
        {
            foreach (int count in (int[])[1, 2, 100, ushort.MaxValue])
                Assert.InRange(bounds.Guess(new SearchKey(Key(main)), count), 0, count); // The page cuts off what rounding adds.
        }
    }

    private static byte[] Key(ulong main)
    {
        byte[] key = new byte[17];
        BinaryPrimitives.WriteUInt64BigEndian(key, main);
        return key;
    }
}
