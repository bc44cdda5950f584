using Etcd.Client;
using Etcd.Pki.Checking;
using Etcd.Pki.Cluster;
using Etcd.Protocol.Errors;
using Etcdctl.Cli;
using Etcdctl.Globals;

namespace Etcdctl.Pki;

/// <summary><c>pki check</c>: says what about certificates will fail, why, and how to mend it.</summary>
internal static class CheckCommand
{
    public static Command Create() => new Command
    {
        Use = "check <files or folders…> [--endpoint URL]",
        Short = "Says in plain words what about certificates, keys and a running member will fail, and how to mend it",
        Long = """
            Reads certificates, keys and CAs in any order, and a running member if one is named, and says what will
            fail and why: wrong usage, missing name or address, key of another certificate, expired or not yet
            valid, unknown issuer, encrypted key, wrong clock, a name that is no user. Exit code 1 if something will.
            """,
        Run = RunAsync,
    }.With(
        Flag.Text("endpoint", "", "client URL of a running member"),
        Flag.Text("role", "", "what the certificates are for: server, peer or client; default: by their file names"),
        Flag.List("host", "", "names and addresses that server and peer certificates must cover"));

    private static async Task RunAsync(Invocation invocation)
    {
        FlagSet flags = invocation.Globals;
        string endpoint = flags.Text("endpoint");
        var request = new CheckRequest
        {
            Files = invocation.Arguments,
            Role = ParseRole(flags.Text("role")),
            Hosts = flags.List("host"),
            Endpoint = endpoint.Length == 0 ? null : endpoint,
        };
        var check = new PkiCheck(TimeProvider.System, (url, cert, key, ca, name, cancellation) => FindUserAsync(invocation, url, cert, key, ca, name, cancellation));
        IReadOnlyList<Finding> findings = await check.RunAsync(request, invocation.Interrupted);
        if (PkiCommands.WritesJson(invocation))
            invocation.Terminal.Out.Write(Finding.ToJson(findings));
        else
            invocation.Terminal.Out.Write(string.Concat(findings));
        if (findings.Any(static finding => finding.Level == FindingLevel.Error))
            invocation.ExitCode = ExitCode.Error;
    }

    private static EtcdRole? ParseRole(string word) => word switch
    {
        "" => null,
        "server" => EtcdRole.Server,
        "peer" => EtcdRole.Peer,
        "client" => EtcdRole.Client,
        _ => throw Invocation.BadArguments("--role is server, peer or client"),
    };

    // Reads a key first: if that is allowed, either authentication is off or the user exists and may do something.
    private static async Task<string?> FindUserAsync(
        Invocation invocation, string endpoint, string certificate, string key, string? authority, string commonName, CancellationToken cancellation)
    {
        ClientSettings settings = ClientSettings.WithoutCredentials(invocation) with
        {
            Endpoints = [endpoint],
            Tls = new TlsFiles(certificate, key, authority ?? "", ServerName: "", IsInsecureTransport: false, SkipsVerification: true),
        };
        using EtcdClient client = await settings.ConnectAsync(invocation.Terminal, cancellation);
        try
        {
            await client.Kv.GetAsync("\0", cancellation);
            return null;
        }
        catch (EtcdClientException refused) when (refused.Is(EtcdError.PermissionDenied) || refused.Is(EtcdError.UserNotFound) || refused.Is(EtcdError.UserEmpty))
        {
            return await IsUserAsync(client, commonName, cancellation)
                ? null // A user with fewer rights than the root is nothing to complain about.
                : $"authentication is on, and the certificate's common name \"{commonName}\" is no user: every request will be denied";
        }
        catch (EtcdClientException)
        {
            return null; // Not a question of users; the checks before have said what there is to say.
        }
    }

    // Everybody may ask about the user that he is.
    private static async Task<bool> IsUserAsync(EtcdClient client, string name, CancellationToken cancellation)
    {
        try
        {
            await client.Auth.UserGetAsync(name, cancellation);
            return true;
        }
        catch (EtcdClientException)
        {
            return false;
        }
    }
}
