using Etcd.Pki.Keys;
using Etcd.Pki.Profiles;
using Etcd.Pki.Requests;
using Etcd.Pki.Signing;

namespace Cfssl.Commands;

/// <summary><c>cfssl selfsign</c>: a self-signed certificate for tests.</summary>
internal sealed class SelfSignCommand : ICfsslCommand
{
    private const string Banner = """
        *** WARNING ***

        Self-signed certificates are dangerous. Use this self-signed
        certificate at your own risk.

        It is strongly recommended that these certificates NOT be used
        in production.

        *** WARNING ***


        """;

    public string Name => "selfsign";

    public string Summary => "generate a new self-signed key and signed certificate, for tests only";

    public IReadOnlyList<string> Synopsis => ["selfsign HOSTNAME CSRJSON"];

    public IReadOnlyList<string> Flags => ["config", "profile"];

    public Task RunAsync(CommandContext context)
    {
        _ = context.Argument(0); // Compat: the host name is taken but not put into the certificate.
        RequestSpec request = RequestSpec.Parse(context.Console.ReadFileOrInput(context.Argument(1)));
        context.Log.Info("generate received request");
        (PrivateKey key, string csr) = CsrBuilder.Generate(request, context.Log);
        using PrivateKey owned = key;
        SigningProfile profile = context.Policy?.Profiles.GetValueOrDefault(context.Options.Profile) ?? SelfSigner.DefaultProfile;
        string certificate = SelfSigner.Sign(csr, key, profile, context.Console.Clock);
        context.Console.Error.Write(Banner);
        context.PrintResult(("cert", certificate), ("csr", csr), ("key", key.ToPem()));
        return Task.CompletedTask;
    }
}
