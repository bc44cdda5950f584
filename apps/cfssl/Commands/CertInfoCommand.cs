using System.Security.Cryptography.X509Certificates;
using System.Text;
using Cfssl.Store;
using Etcd.Pki.Errors;
using Etcd.Pki.Inspection;
using Etcd.Pki.Requests;
using Etcd.Pki.Text;

namespace Cfssl.Commands;

/// <summary><c>cfssl certinfo</c>: describes a certificate or a CSR.</summary>
internal sealed class CertInfoCommand : ICfsslCommand
{
    public string Name => "certinfo";

    public string Summary => "output certinfo about the given cert";

    public IReadOnlyList<string> Synopsis =>
        ["certinfo -cert file", "certinfo -csr file", "certinfo -domain host[:port]", "certinfo -serial number -aki id -db-config file"];

    public IReadOnlyList<string> Flags => ["cert", "csr", "domain", "serial", "aki", "db-config"];

    public async Task RunAsync(CommandContext context)
    {
        CfsslOptions options = context.Options;
        var json = new GoJsonWriter(isIndented: true);
        if (options.Certificate.Length > 0)
        {
            using X509Certificate2 certificate = CertificateReader.ReadOne(ReadText(context, options.Certificate));
            CertificateDescription.WriteJson(json, certificate);
        }
        else if (options.Csr.Length > 0)
        {
            CsrDescription.WriteJson(json, CsrReader.ReadForDisplay(ReadText(context, options.Csr)));
        }
        else if (options.Domain.Length > 0)
        {
            using X509Certificate2 certificate = await ServerCertificate.FetchAsync(options.Domain, context.Cancellation);
            CertificateDescription.WriteJson(json, certificate);
        }
        else if (options.Serial.Length > 0 && options.AuthorityKeyId.Length > 0)
        {
            using X509Certificate2 certificate = FindStored(options);
            CertificateDescription.WriteJson(json, certificate);
        }
        else
        {
            throw new PkiException("Must specify certinfo target through -cert, -csr, -domain or -serial + -aki");
        }
        context.Console.Out.Write(json + "\n");
    }

    private static X509Certificate2 FindStored(CfsslOptions options)
    {
        CertificateDatabase database = IssueRecorder.Database(options) ?? throw new PkiException("need DB config file (provide with -db-config)");
        CertificateRecord record = database.Find(options.Serial, options.AuthorityKeyId)
            ?? throw new PkiException(PkiErrorCategory.CertificateStore, PkiReason.RecordNotFound);
        return CertificateReader.ReadOne(record.Pem);
    }

    private static string ReadText(CommandContext context, string path) => Encoding.UTF8.GetString(context.Console.ReadFileOrInput(path));
}
