using System.Security.Cryptography.X509Certificates;
using Cfssl.Signing;
using Etcd.Pki.Errors;
using Etcd.Pki.Keys;
using Etcd.Pki.Names;
using Etcd.Pki.Requests;

namespace Cfssl.Commands;

/// <summary><c>cfssl gencsr</c>: a CSR for a key that is there already.</summary>
internal sealed class GenCsrCommand : ICfsslCommand
{
    public string Name => "gencsr";

    public string Summary => "generate a CSR from an existing private key, with a request or an existing certificate";

    public IReadOnlyList<string> Synopsis => ["gencsr -key key CSRJSON", "gencsr -key key -cert cert"];

    public IReadOnlyList<string> Flags => ["key", "cert"];

    public Task RunAsync(CommandContext context)
    {
        if (context.Options.Key.Length == 0)
            throw new PkiException("need a private key (provide one with -key)");
        RequestSpec request = ReadRequest(context);
        using PrivateKey key = CaFiles.ReadKeyFile(context.Options.Key);
        context.PrintResult(("csr", CsrBuilder.Create(request, key, context.Log)));
        return Task.CompletedTask;
    }

    private static RequestSpec ReadRequest(CommandContext context)
    {
        if (context.Options.Certificate.Length == 0)
        {
            string file = context.Argument(0);
            context.AllowArguments(1);
            RequestSpec request = RequestSpec.Parse(context.Console.ReadFileOrInput(file));
            RequestRules.RefuseCaSection(request);
            return request;
        }
        using X509Certificate2 certificate = CaFiles.ReadCertificate(context.Options.Certificate);
        SubjectName subject = SubjectName.FromDer(certificate.SubjectName);
        return RequestSpec.FromSubject(subject) with { Hosts = [.. AlternativeNames.Of(certificate).ToHosts()] };
    }
}
