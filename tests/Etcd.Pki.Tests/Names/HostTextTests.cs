using Etcd.Pki.Names;

namespace Etcd.Pki.Tests.Names;

public sealed class HostTextTests
{
    [Theory]
    [InlineData("127.0.0.1", "ip")]
    [InlineData("::1", "ip")]
    [InlineData("::ffff:1.2.3.4", "ip")]
    [InlineData("fe80::1%eth0", "uri:fe80::1%eth0")]
    [InlineData("[::1]", "dns")]
    [InlineData("1.2.3", "dns")]
    [InlineData("1.2.3.256", "dns")]
    [InlineData("01.2.3.4", "dns")]
    [InlineData("0x7f.1.2.3", "dns")]
    [InlineData("127.1", "dns")]
    [InlineData("me@example.com", "mail:me@example.com")]
    [InlineData("Bob Builder <bob@example.com>", "mail:bob@example.com")]
    [InlineData("<bob@example.com>", "mail:bob@example.com")]
    [InlineData("\"odd local\"@example.com", "mail:\"odd local\"@example.com")]
    [InlineData("bob@[127.0.0.1]", "mail:bob@[127.0.0.1]")]
    [InlineData("@example.com", "dns")]
    [InlineData("a..b@example.com", "dns")]
    [InlineData("a@b@c", "dns")]
    [InlineData("https://x/p", "uri:https://x/p")]
    [InlineData("HTTPS://x/p", "uri:https://x/p")]
    [InlineData("spiffe://td/x", "uri:spiffe://td/x")]
    [InlineData("urn:uuid:1", "uri:urn:uuid:1")]
    [InlineData("host:8080", "uri:host:8080")]
    [InlineData("https://x/a b", "uri:https://x/a%20b")]
    [InlineData("https://x/ä", "uri:https://x/%C3%A4")]
    [InlineData("https://x:port/", "dns")]
    [InlineData("https://x/%zz", "dns")]
    [InlineData("1http://x", "dns")]
    [InlineData(":x", "dns")]
    [InlineData("/path", "uri:/path")]
    [InlineData("host", "dns")]
    [InlineData("*.b.example", "dns")]
    [InlineData("not valid!", "dns")]
    [InlineData("", "dns")]
    public void FromHosts_AnyText_TheKindThatGoWouldChoose(string host, string expected)
    {
        AlternativeNames names = AlternativeNames.FromHosts([host]);
        string kind = names.Addresses.Count == 1 ? "ip" : names.Emails.Count == 1 ? "mail:" + names.Emails[0] : names.Uris.Count == 1 ? "uri:" + names.Uris[0] : "dns";
        Assert.Equal(expected, kind);
    }

    [Fact]
    public void ToExtension_AllKinds_ReadsBackInOrder()
    {
        AlternativeNames names = AlternativeNames.FromHosts(["https://u/", "b.example", "10.0.0.1", "me@x.y", "a.example", "::ffff:1.2.3.4", "::1"]);
        AlternativeNames read = AlternativeNames.FromExtension(names.ToExtension(isCritical: false).RawData);
        Assert.Equal(["b.example", "a.example"], read.Dns);
        Assert.Equal(["me@x.y"], read.Emails);
        Assert.Equal(["10.0.0.1", "1.2.3.4", "::1"], read.Addresses.Select(static address => address.ToString()));
        Assert.Equal(["https://u/"], read.Uris);
    }
}
