using Cfssl.Store;
using Etcd.Pki.Errors;

namespace Cfssl.Commands;

/// <summary><c>cfssl ocspdump</c>: all stored OCSP responses as base64 lines, the input of <c>ocspserve</c>.</summary>
internal sealed class OcspDumpCommand : ICfsslCommand
{
    public string Name => "ocspdump";

    public string Summary => "print all OCSP responses of the certificate database for ocspserve";

    public IReadOnlyList<string> Synopsis => ["ocspdump -db-config file"];

    public IReadOnlyList<string> Flags => ["db-config"];

    public Task RunAsync(CommandContext context)
    {
        CertificateDatabase database = IssueRecorder.Database(context.Options)
            ?? throw new PkiException("need DB config file (provide with -db-config)");
        foreach (OcspRecord record in database.UnexpiredOcsp())
            context.Console.Out.Write(Convert.ToBase64String(record.Body) + "\n");
        return Task.CompletedTask;
    }
}
