using System.Globalization;
using Etcd.Foundation.Ids;

namespace Etcd.Foundation.Tests.Ids;

/// <summary>Expected ids are those of real servers, see tests/Golden.</summary>
public sealed class ClusterIdentityTests
{
    [Theory]
    [InlineData("464455e9d97805fc", "golden-35", "http://127.0.0.1:33480")]
    [InlineData("830f6036c612838", "golden-cluster-35", "http://127.0.0.1:33612")]
    [InlineData("4c686fce063cd31d", "golden-restore", "http://127.0.0.1:33711")]
    public void InitialMemberId_GoldenMembers_SameId(string expected, string token, string peerUrl) =>
        Assert.Equal(expected, $"{ClusterIdentity.InitialMemberId([peerUrl], token):x}");

    [Fact]
    public void InitialMemberId_OrderOfUrls_DoesNotMatter() =>
        Assert.Equal(
            ClusterIdentity.InitialMemberId(["http://a:1", "http://b:1"], "t"),
            ClusterIdentity.InitialMemberId(["http://b:1", "http://a:1"], "t"));

    [Theory]
    [InlineData("dd69fe57111c5da6", "464455e9d97805fc")]
    [InlineData("863bb838876bbc18", "69ffeac8efe3c638", "ecf1fa1ad72ee157", "442e5502c7cf8d5f")]
    [InlineData("58b1c7e66a4c5b5e", "fe6391c128b4d938", "830f6036c612838", "8d05c7cedd6eb306")]
    public void ClusterId_GoldenMembersInAnyOrder_SameId(string expected, params string[] members) =>
        Assert.Equal(expected, $"{ClusterIdentity.ClusterId(members.Select(Hex)):x}");

    [Fact]
    public void AddedMemberId_AnotherSecond_AnotherId()
    {
        var now = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_900);
        ulong id = ClusterIdentity.AddedMemberId(["http://a:1"], now);
        Assert.Equal(ClusterIdentity.InitialMemberId(["http://a:1"], "1700000000"), id);
        Assert.NotEqual(id, ClusterIdentity.AddedMemberId(["http://a:1"], now.AddSeconds(1)));
    }

    private static ulong Hex(string digits) => ulong.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
