using System.Security.Cryptography.X509Certificates;
using Cfssl.Signing;
using Etcd.Pki.Errors;
using Etcd.Pki.Keys;
using Etcd.Pki.Requests;
using Etcd.Pki.Signing;

namespace Cfssl.Commands;

/// <summary><c>cfssl gencert</c>: a new key and its certificate; also makes and renews CAs.</summary>
internal sealed class GenCertCommand : ICfsslCommand
{
    public string Name => "gencert";

    public string Summary => "generate a new key and signed certificate";

    public IReadOnlyList<string> Synopsis =>
    [
        "gencert -initca CSRJSON",
        "gencert -ca cert -ca-key key [-config file] [-profile name] [-hostname hosts] CSRJSON",
        "gencert -remote server [-config file] [-profile name] [-label name] [-hostname hosts] CSRJSON",
        "gencert -initca -ca-key key CSRJSON      (a CA certificate for an existing key)",
        "gencert -renewca -ca cert -ca-key key    (the same CA again, living as long from now)",
    ];

    public IReadOnlyList<string> Flags =>
    [
        "initca", "renewca", "remote", "ca", "ca-key", "config", "cn", "hostname", "profile", "label", "crl",
        "tls-remote-ca", "mutual-tls-client-cert", "mutual-tls-client-key", "pkcs11-module", "pkcs11-token", "pkcs11-pin", "pkcs11-label",
    ];

    public async Task RunAsync(CommandContext context)
    {
        if (context.Options.IsRenewingCa)
        {
            RenewCa(context);
            return;
        }
        string file = context.Argument(0);
        context.AllowArguments(1);
        RequestSpec request = RequestSpec.Parse(context.Console.ReadFileOrInput(file));
        if (context.Options.CommonName.Length > 0)
            request = request with { CommonName = context.Options.CommonName };
        if (context.Options.IsCa)
            CreateCa(context, request);
        else
            await CreateLeafAsync(context, request);
    }

    private static void RenewCa(CommandContext context)
    {
        context.Log.Info("re-generate a CA certificate from CA cert and key");
        LogFailure(context, () =>
        {
            using X509Certificate2 ca = CaFiles.ReadCertificate(context.Options.Ca);
            using PrivateKey key = CaFiles.ReadKey(context.Options, ca);
            string certificate = new CertificateAuthority(context.Console.Clock, context.Log).Renew(ca, key);
            context.PrintResult(("cert", certificate));
        });
    }

    // Compat: failures of the two renewals appear twice, in the log and as the command's error.
    private static void LogFailure(CommandContext context, Action renew)
    {
        try
        {
            renew();
        }
        catch (PkiException error)
        {
            context.Log.Error(error.Line);
            throw;
        }
    }

    private static void CreateCa(CommandContext context, RequestSpec request)
    {
        var authority = new CertificateAuthority(context.Console.Clock, context.Log);
        if (context.Options.CaKey.Length > 0 || context.Options.Pkcs11Module.Length > 0)
        {
            context.Log.Info("re-generate a CA certificate from CSR and CA key");
            LogFailure(context, () =>
            {
                using PrivateKey key = CaFiles.ReadKey(context.Options, certificate: null);
                using IssuedPair renewed = authority.CreateFrom(request, key);
                context.PrintResult(("cert", renewed.CertificatePem), ("csr", renewed.CsrPem));
            });
            return;
        }
        context.Log.Info("generating a new CA key and certificate from CSR");
        using IssuedPair pair = authority.Create(request);
        context.PrintResult(("cert", pair.CertificatePem), ("csr", pair.CsrPem), ("key", pair.Key!.ToPem()));
    }

    private static async Task CreateLeafAsync(CommandContext context, RequestSpec request)
    {
        RequestRules.RefuseCaSection(request);
        IReadOnlyList<string>? hosts = SignRequest.SplitHosts(context.Options.Hosts);
        request = request with { Hosts = hosts ?? request.Hosts };
        SignerFactory.CheckCaFlags(context, article: "a ");
        context.Log.Info("generate received request");
        (PrivateKey key, string csr) = CsrBuilder.Generate(request, context.Log);
        using PrivateKey owned = key;
        ISigner signer = SignerFactory.Create(context);
        string certificate = await signer.SignAsync(
            new SignRequest(csr)
            {
                Hosts = hosts,
                Profile = context.Options.Profile,
                Label = context.Options.Label,
                CrlUrl = context.Options.CrlUrl,
            },
            context.Cancellation);
        if (request.Hosts is not { Count: > 0 })
            context.Log.Warning(RequestRules.NoHostsWarning);
        context.PrintResult(("cert", certificate), ("csr", csr), ("key", key.ToPem()));
    }
}
