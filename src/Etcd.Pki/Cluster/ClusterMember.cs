using System.Net;
using Etcd.Pki.Errors;
using Etcd.Pki.Names;

namespace Etcd.Pki.Cluster;

/// <summary>One member of a cluster that is set up: its name, the address in its URLs, and further names it answers to.</summary>
/// <param name="Name">As in <c>--name</c>; also the name of its folder.</param>
/// <param name="Address">An IP address or a host name.</param>
/// <param name="OtherNames">More IP addresses and host names for its server certificate.</param>
public sealed record ClusterMember(string Name, string Address, IReadOnlyList<string> OtherNames)
{
    private const string Form = "--members takes name=address, comma-separated, more names of a member behind slashes: a=10.0.0.1,b=10.0.0.2/b.example";

    // Folders of the layout itself.
    private static readonly string[] s_reservedNames = ["ca", "client"];

    /// <summary>The address as it stands in a URL: IPv6 in brackets.</summary>
    public string UrlHost => Address.Contains(':', StringComparison.Ordinal) ? $"[{Address}]" : Address;

    /// <summary>The member is reached from its own machine only.</summary>
    public bool IsLoopback => Address == "localhost" || (HostText.TryParseIp(Address, out IPAddress? address) && IPAddress.IsLoopback(address));

    /// <summary>Reads <c>a=10.0.0.1,b=10.0.0.2/b.example</c>.</summary>
    /// <exception cref="PkiException">A part is not of that form, or two members share a name or an address.</exception>
    public static IReadOnlyList<ClusterMember> ParseList(string text)
    {
        ClusterMember[] members = [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Parse)];
        if (members.Length == 0)
            throw new PkiException("no members are named", Form);
        CheckUnique("name", members.Select(static member => member.Name));
        CheckUnique("address", members.Select(static member => member.Address));
        return members;
    }

    private static ClusterMember Parse(string part)
    {
        int equals = part.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? "" : part[..equals];
        string[] names = part[(equals + 1)..].Split('/');
        if (equals <= 0 || name.Any(static character => !char.IsAsciiLetterOrDigit(character) && character is not ('-' or '_' or '.')) || name.StartsWith('.'))
            throw new PkiException($"\"{part}\" is no member", Form);
        if (s_reservedNames.Contains(name, StringComparer.OrdinalIgnoreCase))
            throw new PkiException($"a member cannot be called \"{name}\"", "that folder holds other files: choose another name");
        foreach (string host in names)
            CheckHost(part, host);
        return new ClusterMember(name, names[0], names[1..]);
    }

    private static void CheckHost(string part, string host)
    {
        bool isIp = HostText.TryParseIp(host, out IPAddress? address);
        if (isIp && (IPAddress.Any.Equals(address) || IPAddress.IPv6Any.Equals(address)))
            throw new PkiException($"\"{part}\": {host} is no address that others can reach", "name the address that the other members use");
        // Digits and dots only would be a mistyped address, not a name.
        bool isName = Uri.CheckHostName(host) == UriHostNameType.Dns && host.Any(char.IsAsciiLetter);
        if (!isIp && !isName)
            throw new PkiException($"\"{part}\": \"{host}\" is neither an IP address nor a host name", Form);
    }

    private static void CheckUnique(string what, IEnumerable<string> values)
    {
        if (values.GroupBy(static value => value, StringComparer.OrdinalIgnoreCase).FirstOrDefault(static group => group.Count() > 1) is { } twice)
            throw new PkiException($"two members have the {what} {twice.Key}", Form);
    }
}
