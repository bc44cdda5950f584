using System.Text;
using Cfssl.Signing;
using Cfssl.Store;
using Etcd.Pki.Files;
using Etcd.Pki.Signing;
using Etcd.Pki.Text;

namespace Cfssl.Commands;

/// <summary><c>cfssl sign</c>: a certificate for an existing CSR.</summary>
internal sealed class SignCommand : ICfsslCommand
{
    public string Name => "sign";

    public string Summary => "sign a certificate request with a CA and its key";

    public IReadOnlyList<string> Synopsis =>
    [
        "sign -ca cert -ca-key key [-config file] [-profile name] [-hostname hosts] [-db-config file] CSR [SUBJECT]",
        "sign -remote server [-config file] [-profile name] [-label name] [-hostname hosts] CSR [SUBJECT]",
    ];

    public IReadOnlyList<string> Flags =>
    [
        "hostname", "csr", "ca", "ca-key", "config", "profile", "label", "remote", "crl", "db-config",
        "tls-remote-ca", "mutual-tls-client-cert", "mutual-tls-client-key", "pkcs11-module", "pkcs11-token", "pkcs11-pin", "pkcs11-label",
    ];

    public async Task RunAsync(CommandContext context)
    {
        CfsslOptions options = context.Options;
        int next = 0;
        string csrFile = options.Csr.Length > 0 ? options.Csr : context.Argument(next++);
        SubjectOverride? subject = next < context.Arguments.Count
            ? SubjectOverride.FromJson(GoJsonValue.Parse(InputFile.Read(context.Arguments[next])))
            : null;
        string csr = Encoding.UTF8.GetString(context.Console.ReadFileOrInput(csrFile));
        SignerFactory.CheckCaFlags(context, article: "");
        ISigner signer = SignerFactory.Create(context, IssueRecorder.For(IssueRecorder.Database(options)));
        string certificate = await signer.SignAsync(
            new SignRequest(csr)
            {
                Hosts = SignRequest.SplitHosts(options.Hosts),
                Subject = subject,
                Profile = options.Profile,
                Label = options.Label,
                CrlUrl = options.CrlUrl,
            },
            context.Cancellation);
        context.PrintResult(("cert", certificate), ("csr", csr));
    }
}
