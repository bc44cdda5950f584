using System.Text.Json.Nodes;
using Etcd.Server.Boot;
using Etcd.TestKit;

namespace Etcd.Server.Tests.Boot;

public sealed class NewMemberTests
{
    /// <summary>The ids that real servers computed from the same name, URL and token.</summary>
    [Theory]
    [InlineData("v34-mixed", "golden-34")]
    [InlineData("v35-mixed", "golden-35")]
    [InlineData("v37-mixed", "golden-37")]
    [InlineData("v34-alarm", "golden-alarm-34")]
    public void From_GoldenSettings_GivesTheRecordedIds(string set, string token)
    {
        JsonNode expected = JsonNode.Parse(File.ReadAllText(Path.Combine(Golden.Root, set + ".expected.json")))!;
        JsonNode member = expected["members"]![0]!;
        string url = (string)member["peerURLs"]![0]!;
        NewMember self = NewMember.From(Options($"m1={url}", [url], token));
        Assert.Equal(Convert.ToUInt64((string)member["id"]!, 16), self.MemberId);
        Assert.Equal(Convert.ToUInt64((string)expected["cluster_id"]!, 16), self.ClusterId);
        Assert.Equal(self.MemberId, Assert.Single(self.Peers).Id);
    }

    [Theory]
    [InlineData("other=http://127.0.0.1:1")] // this member is not in it
    [InlineData("m1=http://127.0.0.1:2")] // and here under another URL
    [InlineData("m1")]
    [InlineData("m1=http://127.0.0.1:1,m2=http://127.0.0.1:2")] // a cluster of two
    public void From_Contradictions_AreRefused(string cluster) =>
        Assert.Throws<BootException>(() => NewMember.From(Options(cluster, ["http://127.0.0.1:1"], "t")));

    private static MemberOptions Options(string cluster, string[] urls, string token) => new()
    {
        Name = "m1",
        DataDirectory = "unused",
        PeerUrls = urls,
        ClientUrls = [],
        InitialCluster = cluster,
        InitialClusterToken = token,
    };
}
