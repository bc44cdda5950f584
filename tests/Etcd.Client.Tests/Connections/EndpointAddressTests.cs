using Etcd.Client.Connections;

namespace Etcd.Client.Tests.Connections;

public class EndpointAddressTests
{
    [Theory]
    [InlineData("10.0.0.1:2379", "10.0.0.1", 2379, null)]
    [InlineData("http://etcd.local:80", "etcd.local", 80, false)]
    [InlineData("HTTPS://etcd.local:443/", "etcd.local", 443, true)]
    [InlineData("https://etcd.local", "etcd.local", 2379, true)]
    [InlineData("[::1]:2380", "::1", 2380, null)]
    [InlineData("http://[fe80::1%25eth0]:1", "fe80::1%25eth0", 1, false)]
    public void Parse_HostAndPort_TakesApart(string text, string host, int port, bool? isTls)
    {
        EndpointAddress address = EndpointAddress.Parse(text);

        Assert.Equal((host, port, isTls), (address.Target.Host, address.Target.Port, address.IsTls));
        Assert.Null(address.Target.SocketPath);
    }

    [Theory]
    [InlineData("unix:/run/etcd.sock", "/run/etcd.sock", false)]
    [InlineData("unix:///run/etcd.sock", "/run/etcd.sock", false)]
    [InlineData("unixs://localhost:23790", "localhost:23790", true)]
    public void Parse_UnixSocket_KeepsThePath(string text, string path, bool isTls)
    {
        EndpointAddress address = EndpointAddress.Parse(text);

        Assert.Equal((path, isTls), (address.Target.SocketPath, address.IsTls));
    }

    [Theory]
    [InlineData("")]
    [InlineData(":2379")]
    [InlineData("http://")]
    [InlineData("ftp://host:1")]
    [InlineData("host:port")]
    [InlineData("host:70000")]
    public void Parse_NoAddress_Throws(string text) => Assert.Throws<FormatException>(() => EndpointAddress.Parse(text));
}
