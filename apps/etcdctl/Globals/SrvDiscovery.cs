using System.Net;
using System.Net.Sockets;
using Etcdctl.Cli;
using Etcdctl.Text;

namespace Etcdctl.Globals;

/// <summary>Endpoints from DNS: <c>_etcd-client-ssl._tcp.DOMAIN</c> and <c>_etcd-client._tcp.DOMAIN</c>.</summary>
internal static class SrvDiscovery
{
    private const int DnsPort = 53;
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(2);

    /// <param name="service">Put behind the service's name with a dash; may be empty.</param>
    /// <param name="acceptsInsecure">Also take records that lead to clear-text endpoints.</param>
    /// <exception cref="ExitException">Neither name has records.</exception>
    public static IReadOnlyList<string> Endpoints(string domain, string service, bool acceptsInsecure, Terminal terminal)
    {
        string suffix = service.Length > 0 ? "-" + service : "";
        List<string> secure = Lookup($"_etcd-client-ssl{suffix}._tcp.{domain}", "https", out string? secureProblem);
        List<string> insecure = Lookup($"_etcd-client{suffix}._tcp.{domain}", "http", out string? insecureProblem);
        if (secureProblem is not null && insecureProblem is not null)
            throw new ExitException(ExitCode.Error, $"dns lookup errors: {secureProblem} and {insecureProblem}");
        if (acceptsInsecure)
            return [.. secure, .. insecure];
        foreach (string endpoint in insecure)
            terminal.Error.Write($"ignoring discovered insecure endpoint {GoString.Quote(endpoint)}\n");
        return secure;
    }

    private static List<string> Lookup(string name, string scheme, out string? problem)
    {
        problem = null;
        foreach (IPAddress server in NameServers())
        {
            try
            {
                List<SrvRecord> records = Ask(server, name);
                records.Sort(static (left, right) => left.Priority.CompareTo(right.Priority));
                if (records.Count > 0)
                    return [.. records.Select(record => $"{scheme}://{record.Target}:{record.Port}")];
                problem = $"lookup {name} on {server}:{DnsPort}: no such host";
                return [];
            }
            catch (Exception failure) when (failure is SocketException or InvalidDataException)
            {
                problem = $"lookup {name} on {server}:{DnsPort}: {failure.Message}";
            }
        }
        problem ??= $"lookup {name}: no name server";
        return [];
    }

    private static List<SrvRecord> Ask(IPAddress server, string name)
    {
        ushort id = (ushort)Random.Shared.Next(ushort.MaxValue);
        byte[] query = DnsMessage.SrvQuery(id, name);
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = (int)s_timeout.TotalMilliseconds };
        socket.Connect(new IPEndPoint(server, DnsPort));
        socket.Send(query);
        byte[] answer = new byte[4096];
        int length = socket.Receive(answer);
        return DnsMessage.ReadSrvAnswers(answer.AsSpan(0, length), id);
    }

    private static List<IPAddress> NameServers()
    {
        const string Configuration = "/etc/resolv.conf";
        List<IPAddress> servers = [];
        if (File.Exists(Configuration))
        {
            foreach (string line in File.ReadLines(Configuration))
            {
                string[] words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
                if (words.Length > 1 && words[0] == "nameserver" && IPAddress.TryParse(words[1], out IPAddress? server))
                    servers.Add(server);
            }
        }
        return servers;
    }
}
