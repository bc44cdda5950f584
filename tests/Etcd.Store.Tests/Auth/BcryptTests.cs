using System.Text;
using Etcd.Store.Auth;

namespace Etcd.Store.Tests.Auth;

public sealed class BcryptTests
{
    // Vectors of jBCrypt and of Openwall's crypt_blowfish.
    [Theory]
    [InlineData("", "$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.")]
    [InlineData("a", "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe")]
    [InlineData("abc", "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i")]
    [InlineData("abcdefghijklmnopqrstuvwxyz", "$2a$06$.rCVZVOThsIa97pEDOxvGuRRgzG64bvtJ0938xuqzv18d3ZpQhstC")]
    [InlineData("~!@#$%^&*()      ~!@#$%^&*()PNBFRD", "$2a$06$fPIsBO8qRqkjj273rfaOI.HtSV9jLDpTbZn782DC6/t7qT67P6FfO")]
    [InlineData("", "$2a$08$HqWuK6/Ng6sg9gQzbLrgb.Tl.ZHfXLhvt/SgVyWhQqgqcZ7ZuUtye")]
    [InlineData("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")]
    [InlineData("U*U*", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK")]
    [InlineData("U*U*U", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a")]
    [InlineData(
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789chars after 72 are ignored",
        "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui")]
    public void Verify_PublishedVector_Matches(string password, string hash)
    {
        byte[] text = Encoding.ASCII.GetBytes(hash);
        Assert.True(Bcrypt.Verify(text, Encoding.UTF8.GetBytes(password)));
        Assert.False(Bcrypt.Verify(text, Encoding.UTF8.GetBytes("x" + password)));
    }

    [Fact]
    public void Verify_BytesAbove127_Match() =>
        Assert.True(Bcrypt.Verify("$2y$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e"u8, [0xff, 0xff, 0xa3]));

    [Theory]
    [InlineData("$2b$")]
    [InlineData("$2y$")]
    [InlineData("$2$")]
    public void Verify_OtherVersionMark_SameHash(string mark)
    {
        byte[] hash = Encoding.ASCII.GetBytes(mark + "05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW");
        Assert.True(Bcrypt.Verify(hash, "U*U"u8));
    }

    [Fact]
    public void Hash_KnownSalt_GoText()
    {
        byte[] salt = [0x10, 0x41, 0x04, 0x10, 0x41, 0x04, 0x10, 0x41, 0x04, 0x10, 0x41, 0x04, 0x10, 0x41, 0x04, 0x10];
        byte[] hash = Bcrypt.Hash("U*U"u8, 5, salt);
        Assert.Equal("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", Encoding.ASCII.GetString(hash));
        Assert.Equal(5, Bcrypt.CostOf(hash));
    }

    [Theory]
    [InlineData("")]
    [InlineData("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe")]
    [InlineData("$2a$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")]
    [InlineData("$2a$32$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")]
    [InlineData("$3a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")]
    [InlineData("$2a$5$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeWxx")]
    [InlineData("$2a$05$CCCCCCCCCC!CCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")]
    [InlineData("plain text of sixty characters, which is certainly no bcrypt!")]
    public void Verify_MalformedHash_False(string hash) => Assert.False(Bcrypt.Verify(Encoding.ASCII.GetBytes(hash), "U*U"u8));

    [Theory]
    [InlineData(3)]
    [InlineData(32)]
    public void Hash_CostOutOfRange_Throws(int cost) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Bcrypt.Hash("x"u8, cost, new byte[16]));
}
