using Etcd.Pki.Keys;
using Etcd.Pki.Requests;
using Etcd.Pki.Signing;

namespace Cfssl.Commands;

/// <summary><c>cfssl genkey</c>: a new key and its CSR.</summary>
internal sealed class GenKeyCommand : ICfsslCommand
{
    public string Name => "genkey";

    public string Summary => "generate a new key and CSR";

    public IReadOnlyList<string> Synopsis => ["genkey [-initca] CSRJSON"];

    public IReadOnlyList<string> Flags => ["initca", "config"];

    public Task RunAsync(CommandContext context)
    {
        string file = context.Argument(0);
        context.AllowArguments(1);
        RequestSpec request = RequestSpec.Parse(context.Console.ReadFileOrInput(file));
        if (context.Options.IsCa)
        {
            using IssuedPair pair = new CertificateAuthority(context.Console.Clock, context.Log).Create(request);
            context.PrintResult(("cert", pair.CertificatePem), ("csr", pair.CsrPem), ("key", pair.Key!.ToPem()));
            return Task.CompletedTask;
        }
        RequestRules.RefuseCaSection(request);
        context.Log.Info("generate received request");
        (PrivateKey key, string csr) = CsrBuilder.Generate(request, context.Log);
        using (key)
            context.PrintResult(("csr", csr), ("key", key.ToPem()));
        return Task.CompletedTask;
    }
}
