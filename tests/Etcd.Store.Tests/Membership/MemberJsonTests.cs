using System.Text;
using Etcd.Store.Membership;

namespace Etcd.Store.Tests.Membership;

public sealed class MemberJsonTests
{
    private static readonly Member s_member = new(9418409864204653467)
    {
        Name = "m<1>",
        PeerUrls = ["http://127.0.0.1:33380", "http://127.0.0.1:33381"],
        ClientUrls = ["http://127.0.0.1:33379"],
    };

    [Fact]
    public void Encode_EveryForm_GoText()
    {
        Assert.Equal(
            """{"id":9418409864204653467,"peerURLs":["http://127.0.0.1:33380","http://127.0.0.1:33381"],"name":"m\u003c1\u003e","clientURLs":["http://127.0.0.1:33379"]}""",
            Text(MemberJson.Encode(s_member)));
        Assert.Equal("""{"id":5,"peerURLs":["http://a:1"],"isLearner":true}""", Text(MemberJson.Encode(new Member(5) { PeerUrls = ["http://a:1"], IsLearner = true })));
        Assert.Equal("""{"id":5,"peerURLs":null,"isPromote":true}""", Text(MemberJson.Encode(new Member(5), isPromote: true)));
        Assert.Equal("""{"peerURLs":["http://a:1"],"isLearner":true}""", Text(MemberJson.EncodeRaftAttributes(new Member(5) { PeerUrls = ["http://a:1"], IsLearner = true })));
        Assert.Equal("""{"name":"m\u003c1\u003e","clientURLs":["http://127.0.0.1:33379"]}""", Text(MemberJson.EncodeAttributes(s_member)));
        Assert.Equal("""{"clientURLs":["http://a:1"]}""", Text(MemberJson.EncodeAttributes(new Member(5) { ClientUrls = ["http://a:1"] })));
        Assert.Equal("{}", Text(MemberJson.EncodeAttributes(new Member(5))));
    }

    [Fact]
    public void Decode_WhatEncodeWrote_RoundTrips()
    {
        byte[] json = MemberJson.Encode(s_member);
        Assert.Equal(json, MemberJson.Encode(MemberJson.Decode(json, new Member(0))));
        MemberJson.Decode(MemberJson.Encode(new Member(5), isPromote: true), new Member(0), out bool isPromote);
        Assert.True(isPromote);
    }

    [Fact]
    public void Decode_AbsentFields_KeepWhatIsThere_UnknownOnesAreSkipped()
    {
        Member member = MemberJson.Decode("""{"clientURLs":null,"future":{"a":[1]}}"""u8, s_member);
        Assert.Equal(s_member.Name, member.Name);
        Assert.Empty(member.ClientUrls);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{}{}")]
    [InlineData("""{"id":18446744073709551616}""")]
    [InlineData("""{"id":"5"}""")]
    [InlineData("""{"id":-1}""")]
    [InlineData("""{"name":5}""")]
    [InlineData("""{"peerURLs":"http://a:1"}""")]
    [InlineData("""{"peerURLs":[5]}""")]
    public void Decode_Malformed_FormatException(string json) =>
        Assert.Throws<FormatException>(() => MemberJson.Decode(Encoding.UTF8.GetBytes(json), new Member(0)));

    private static string Text(byte[] json) => Encoding.UTF8.GetString(json);
}
