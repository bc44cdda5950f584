using Etcd.Store.Membership;

namespace Etcd.Store.Tests.Membership;

public sealed class InitialClusterTests
{
    [Fact]
    public void TryParse_NamesAndUrls_SortedAndMerged()
    {
        Assert.True(InitialCluster.TryParse("m2= HTTP://b:1,m1=http://a:2,,m1=http://a:1", out InitialCluster? cluster, out _));
        Assert.Equal(["m1", "m2"], cluster.PeerUrlsByName.Keys);
        Assert.Equal(["http://a:1", "http://a:2"], cluster.PeerUrlsByName["m1"]);
        Assert.Equal("m1=http://a:1,m1=http://a:2,m2=http://b:1", cluster.ToString());
        Assert.Null(cluster.CheckNames("m1"));
    }

    [Theory]
    [InlineData("m1", "URL scheme must be http, https, unix, or unixs: ")]
    [InlineData("m1=ftp://a:1", "URL scheme must be http, https, unix, or unixs: ftp://a:1")]
    [InlineData("m1=localhost:2380", "URL scheme must be http, https, unix, or unixs: localhost:2380")]
    [InlineData("m1=127.0.0.1:2380", "parse \"127.0.0.1:2380\": first path segment in URL cannot contain colon")]
    [InlineData("m1=http://a", "URL address does not have the form \"host:port\": http://a")]
    [InlineData("m1=http://a:b", "parse \"http://a:b\": invalid port \":b\" after host")]
    [InlineData("m1=http://[::1]", "URL address does not have the form \"host:port\": http://[::1]")]
    [InlineData("m1=http://::1:2380", "URL address does not have the form \"host:port\": http://::1:2380")]
    [InlineData("m1=http:a:1", "URL address does not have the form \"host:port\": http:a:1")]
    [InlineData("m1=http://a:1/", "URL must not contain a path: http://a:1/")]
    [InlineData("m1=http://a:1/x", "URL must not contain a path: http://a:1/x")]
    public void TryParse_BadUrl_EtcdsText(string text, string expected)
    {
        Assert.False(InitialCluster.TryParse(text, out _, out string? error));
        Assert.Equal(expected, error);
    }

    [Theory]
    [InlineData("http://[::1]:2380")]
    [InlineData("https://node-1.example:2380")]
    [InlineData("unix://sock:1")]
    [InlineData("unixs:///tmp/x")]
    public void TryNormalize_GoodUrl_Unchanged(string url)
    {
        Assert.True(PeerUrls.TryNormalize([url], out IReadOnlyList<string>? urls, out _));
        Assert.Equal([url], urls);
    }

    [Fact]
    public void TryNormalize_None_IsRefused()
    {
        Assert.False(PeerUrls.TryNormalize([], out _, out string? error));
        Assert.Equal("no valid URLs given", error);
    }

    [Fact]
    public void CheckNames_EtcdsTexts()
    {
        Assert.True(InitialCluster.TryParse("m1=http://a:1,m2=http://a:1", out InitialCluster? cluster, out _));
        Assert.Equal("couldn't find local name \"m3\" in the initial cluster configuration", cluster.CheckNames("m3"));
        Assert.Equal("initial cluster m1=http://a:1,m2=http://a:1 has duplicate url", cluster.CheckNames("m1"));
    }

    [Fact]
    public void DescribeMismatch_EtcdsTexts()
    {
        Assert.True(InitialCluster.TryParse("m1=http://a:1,m1=http://b:1", out InitialCluster? cluster, out _));
        Assert.Equal(
            "--initial-cluster has m1=http://b:1 but missing from --initial-advertise-peer-urls=http://a:1 (why)",
            cluster.DescribeMismatch("m1", ["http://a:1"], "why"));
        Assert.Equal(
            "--initial-advertise-peer-urls has http://c:1 but missing from --initial-cluster=m1=http://a:1,m1=http://b:1,m1=http://c:1",
            cluster.DescribeMismatch("m1", ["http://c:1", "http://b:1", "http://a:1"], "why"));
        Assert.Equal(
            "failed to resolve http://a:1,http://b:1 to match --initial-cluster=m1=http://a:1,m1=http://b:1 (why)",
            cluster.DescribeMismatch("m1", ["http://b:1", "http://a:1"], "why"));
    }

    // tests/Golden: v34-mixed, v34-cluster3.
    [Fact]
    public void TryMakeMembers_GoldenCluster_GoldenIds()
    {
        Assert.True(InitialCluster.TryParse("m1=http://127.0.0.1:33380", out InitialCluster? cluster, out _));
        Assert.True(cluster.TryMakeMembers("golden-34", out IReadOnlyList<Member>? members, out _));
        Assert.Equal(0x82b4e9dee0f4139bul, Assert.Single(members).Id);
    }

    [Fact]
    public void TryMakeMembers_TwoNamesOneUrl_SameId()
    {
        Assert.True(InitialCluster.TryParse("m1=http://a:1,m2=http://a:1", out InitialCluster? cluster, out _));
        Assert.False(cluster.TryMakeMembers("t", out _, out string? error));
        Assert.StartsWith("member exists with identical ID ", error, StringComparison.Ordinal);
    }
}
