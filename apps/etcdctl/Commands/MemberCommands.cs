using System.Net;
using Etcd.Client;
using Etcd.Protocol.Rpc;
using Etcdctl.Cli;
using Etcdctl.Output;
using Etcdctl.Text;

namespace Etcdctl.Commands;

/// <summary><c>member</c> and what is below it.</summary>
internal static class MemberCommands
{
    public static Command Create() => new Command
    {
        Use = "member <subcommand>",
        Short = "Membership related commands. Use `etcdctl member --help` to see subcommands",
        Long = "Membership related commands",
        Group = CommandGroup.Maintenance,
    }.Add(
        new Command { Use = "add <memberName> [options]", Short = "Adds a member into the cluster", Run = AddAsync }
            .With(
                Flag.Text("peer-urls", "", "comma separated peer URLs for the new member."),
                Flag.Bool("learner", value: false, "indicates if the new member is raft learner")),
        new Command { Use = "remove <memberID>", Short = "Removes a member from the cluster", Run = RemoveAsync },
        new Command { Use = "update <memberID> [options]", Short = "Updates a member in the cluster", Run = UpdateAsync }
            .With(Flag.Text("peer-urls", "", "comma separated peer URLs for the updated member.")),
        new Command
        {
            Use = "list",
            Short = "Lists all members in the cluster",
            Long = """
                In the simple format each member is one line of values separated by commas:
                ID, Status, Name, Peer Addrs, Client Addrs, Is Learner.
                """,
            Run = ListAsync,
        }.With(Flag.Text("consistency", "l", "Linearizable(l) or Serializable(s)")),
        new Command
        {
            Use = "promote <memberID>",
            Short = "Promotes a non-voting member in the cluster",
            Long = "Gives a learner that has caught up with the leader a vote in the cluster.",
            Run = PromoteAsync,
        });

    private static async Task AddAsync(Invocation invocation)
    {
        IReadOnlyList<string> arguments = invocation.Arguments;
        if (arguments.Count == 0)
            throw Invocation.BadArguments("member name not provided");
        if (arguments.Count > 1)
        {
            string hint = string.Concat(arguments
                .Where(argument => argument.StartsWith("http", StringComparison.OrdinalIgnoreCase))
                .Select(url => $", did you mean --peer-urls={url}"));
            throw Invocation.BadArguments("too many arguments" + hint);
        }
        string name = arguments[0];
        string peerUrls = invocation.Flags.Text("peer-urls");
        if (peerUrls.Length == 0)
            throw Invocation.BadArguments("member peer urls not provided");
        string[] urls = CheckedUrls(peerUrls);
        EtcdClient client = await invocation.ConnectAsync();
        MemberAddResponse response = await client.Cluster.AddAsync(urls, invocation.Flags.IsOn("learner"), invocation.Interrupted);
        invocation.Printer.MemberAdd(response);
        if (invocation.Printer is SimplePrinter)
            PrintConfiguration(invocation, response, name, peerUrls);
    }

    /// <summary>What the new member has to be started with.</summary>
    private static void PrintConfiguration(Invocation invocation, MemberAddResponse response, string name, string peerUrls)
    {
        IEnumerable<string> cluster = response.Members.SelectMany(
            member => member.PeerURLs.Select(url => $"{(member.ID == response.Member.ID ? name : member.Name)}={url}"));
        invocation.Terminal.Out.Write("\n");
        invocation.Terminal.Out.WriteLine($"ETCD_NAME={GoString.Quote(name)}");
        invocation.Terminal.Out.WriteLine($"ETCD_INITIAL_CLUSTER={GoString.Quote(string.Join(',', cluster))}");
        invocation.Terminal.Out.WriteLine($"ETCD_INITIAL_ADVERTISE_PEER_URLS={GoString.Quote(peerUrls)}");
        invocation.Terminal.Out.WriteLine("ETCD_INITIAL_CLUSTER_STATE=\"existing\"");
    }

    private static async Task RemoveAsync(Invocation invocation)
    {
        ulong id = MemberId(invocation.Arguments);
        EtcdClient client = await invocation.ConnectAsync();
        invocation.Printer.MemberRemove(id, await client.Cluster.RemoveAsync(id, invocation.Interrupted));
    }

    private static async Task UpdateAsync(Invocation invocation)
    {
        ulong id = MemberId(invocation.Arguments);
        if (invocation.Flags.Text("peer-urls").Length == 0)
            throw Invocation.BadArguments("member peer urls not provided");
        string[] urls = CheckedUrls(invocation.Flags.Text("peer-urls"));
        EtcdClient client = await invocation.ConnectAsync();
        invocation.Printer.MemberUpdate(id, await client.Cluster.UpdateAsync(id, urls, invocation.Interrupted));
    }

    private static async Task ListAsync(Invocation invocation)
    {
        string consistency = invocation.Flags.Text("consistency");
        if (consistency is not ("l" or "s"))
            throw new ExitException(ExitCode.BadFeature, $"unknown consistency flag {GoString.Quote(consistency)}");
        EtcdClient client = await invocation.ConnectAsync();
        invocation.Printer.MemberList(await client.Cluster.ListAsync(consistency == "s", invocation.Interrupted));
    }

    private static async Task PromoteAsync(Invocation invocation)
    {
        ulong id = MemberId(invocation.Arguments);
        EtcdClient client = await invocation.ConnectAsync();
        invocation.Printer.MemberPromote(id, await client.Cluster.PromoteAsync(id, invocation.Interrupted));
    }

    private static ulong MemberId(IReadOnlyList<string> arguments)
    {
        if (arguments.Count != 1)
            throw Invocation.BadArguments("member ID is not provided");
        return GoNumber.TryParseUnsignedHex(arguments[0], out ulong id, out string problem)
            ? id
            : throw Invocation.BadArguments($"bad member ID arg ({problem}), expecting ID in Hex");
    }

    /// <summary>The list, checked as Go's client checks it before it asks the server.</summary>
    private static string[] CheckedUrls(string text)
    {
        string[] urls = text.Split(',');
        foreach (string url in urls)
        {
            if (Complaint(url.Trim()) is { } complaint)
                throw new ExitException(ExitCode.Error, complaint);
        }
        return urls;
    }

    private static string? Complaint(string url)
    {
        int scheme = url.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0 || url[..scheme] is not ("http" or "https" or "unix" or "unixs"))
            return $"URL scheme must be http, https, unix, or unixs: {url}";
        string rest = url[(scheme + 3)..];
        if (url[..scheme] is "unix" or "unixs")
            return rest.Length > 0 ? null : $"URL address does not have the form \"host:port\": {url}";
        int slash = rest.IndexOf('/');
        string host = slash < 0 ? rest : rest[..slash];
        int colon = host.LastIndexOf(':');
        if (colon < 0 || (host.Contains(']') && host.LastIndexOf(']') > colon))
            return $"URL address does not have the form \"host:port\": {url}";
        if (host[..colon].Contains(':') && !IPAddress.TryParse(host[..colon].Trim('[', ']'), out _))
            return $"URL address does not have the form \"host:port\": {url}";
        return slash < 0 ? null : $"URL must not contain a path: {url}";
    }
}
