using Cfssl.Signing;
using Etcd.Pki.Errors;
using Etcd.Pki.Remote;
using Etcd.Pki.Signing;
using Etcd.Pki.Text;

namespace Cfssl.Commands;

/// <summary><c>cfssl info</c>: asks a remote signer who it is.</summary>
internal sealed class InfoCommand : ICfsslCommand
{
    public string Name => "info";

    public string Summary => "get info about a remote signer";

    public IReadOnlyList<string> Synopsis => ["info -remote server [-label name] [-profile name]"];

    public IReadOnlyList<string> Flags => ["remote", "label", "profile", "config", "tls-remote-ca", "mutual-tls-client-cert", "mutual-tls-client-key"];

    public async Task RunAsync(CommandContext context)
    {
        CfsslOptions options = context.Options;
        string server = options.Remote.Length > 0 ? options.Remote
            : context.Policy?.Select(options.Profile).RemoteServer
                ?? throw new PkiException("argument is required but not provided; please refer to the usage by flag -h", "name the server with -remote");
        using var client = new CfsslClient(server, SignerFactory.ReadTls(options), context.Log);
        SignerInfo info = await client.DescribeAsync(options.Label, options.Profile, context.Cancellation);
        context.Console.Out.Write(ToJson(info, new GoJsonWriter()).ToString());
    }

    /// <summary>The answer as cfssl prints and sends it.</summary>
    public static GoJsonWriter ToJson(SignerInfo info, GoJsonWriter json) => json.BeginObject()
        .Member("certificate", info.CertificatePem)
        .Name("usages").Strings(info.Usages)
        .Member("expiry", info.Expiry)
        .EndObject();
}
