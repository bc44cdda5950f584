using Cfssl.Store;
using Etcd.Pki.Errors;
using Etcd.Pki.Revocation;

namespace Cfssl.Commands;

/// <summary><c>cfssl revoke</c>: marks a certificate of the database as revoked.</summary>
internal sealed class RevokeCommand : ICfsslCommand
{
    public string Name => "revoke";

    public string Summary => "revoke a certificate in the certificate store";

    public IReadOnlyList<string> Synopsis => ["revoke -db-config file -serial number -aki id [-reason reason]"];

    public IReadOnlyList<string> Flags => ["db-config", "serial", "aki", "reason"];

    public Task RunAsync(CommandContext context)
    {
        CfsslOptions options = context.Options;
        if (options.Serial.Length == 0)
            throw new PkiException("serial number is required but not provided", "name it with -serial, decimal");
        if (options.AuthorityKeyId.Length == 0)
            throw new PkiException("authority key id is required but not provided", "name it with -aki, lower-case hex without colons");
        CertificateDatabase database = IssueRecorder.Database(options) ?? throw new PkiException("need DB config file (provide with -db-config)");
        int reason;
        try
        {
            reason = OcspWords.ParseReason(options.Reason);
        }
        catch (PkiException error)
        {
            context.Log.Error($"Invalid reason code: {error.Line}");
            throw;
        }
        database.Revoke(options.Serial, options.AuthorityKeyId, reason);
        return Task.CompletedTask;
    }
}
