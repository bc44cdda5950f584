using System.Security.Cryptography.X509Certificates;
using Etcd.Pki.Bundles;
using Etcd.Pki.Errors;
using Etcd.Pki.Files;
using Etcd.Pki.Inspection;
using Etcd.Pki.Keys;
using Etcd.Pki.Text;

namespace Cfssl.Commands;

/// <summary><c>cfssl bundle</c>: a certificate with its chain.</summary>
internal sealed class BundleCommand : ICfsslCommand
{
    public string Name => "bundle";

    public string Summary => "create a certificate bundle that contains the client cert";

    public IReadOnlyList<string> Synopsis =>
    [
        "bundle -cert file [-key file] [-ca-bundle file] [-int-bundle file] [-int-dir dir] [-flavor optimal|ubiquitous|force] [-password password]",
        "bundle -domain host [-ip address] [-ca-bundle file] [-int-bundle file] [-int-dir dir]",
    ];

    public IReadOnlyList<string> Flags =>
        ["cert", "key", "ca-bundle", "int-bundle", "flavor", "int-dir", "metadata", "domain", "ip", "password"];

    public async Task RunAsync(CommandContext context)
    {
        CfsslOptions options = context.Options;
        if (options.Certificate.Length == 0 && options.Domain.Length == 0)
            throw new PkiException("Must specify bundle target through -cert or -domain");
        if (options.Metadata.Length > 0)
            context.Log.Warning("-metadata is ignored: platform data is not supported");
        var bundler = Bundler.Load(options.CaBundle, options.IntermediateBundle, options.IntermediateDirectory, context.Console.Clock, context.Log);
        using PrivateKey? key = ReadKey(options);
        IReadOnlyList<X509Certificate2> certificates = options.Certificate.Length > 0
            ? CertificateReader.ReadAny(ReadFile(options.Certificate), options.Password)
            : await ServerCertificate.FetchChainAsync(options.Domain, options.Ip.Length > 0 ? options.Ip : null, context.Cancellation);
        Bundle bundle = await bundler.BuildAsync(certificates, key, ParseFlavor(options.Flavor), context.Cancellation);
        var json = new GoJsonWriter();
        bundle.WriteJson(json);
        context.Console.Out.Write(json.ToString());
    }

    // Compat: an unknown word means "ubiquitous".
    public static BundleFlavor ParseFlavor(string word) => word switch
    {
        "optimal" => BundleFlavor.Optimal,
        "force" => BundleFlavor.Force,
        _ => BundleFlavor.Ubiquitous,
    };

    private static PrivateKey? ReadKey(CfsslOptions options)
    {
        if (options.Key.Length == 0 || options.Certificate.Length == 0)
            return null;
        try
        {
            return PrivateKeyReader.Read(InputFile.ReadText(options.Key));
        }
        catch (PkiException error) when (error.Code == 0)
        {
            throw new PkiException(PkiErrorCategory.PrivateKey, PkiReason.ReadFailed, error.Message, error.Cure);
        }
    }

    private static byte[] ReadFile(string path)
    {
        try
        {
            return InputFile.Read(path);
        }
        catch (PkiException error)
        {
            throw new PkiException(PkiErrorCategory.Certificate, PkiReason.ReadFailed, error.Message, error.Cure);
        }
    }
}
