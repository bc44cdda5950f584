using Cfssl.Server;
using Cfssl.Store;
using Etcd.Pki.Errors;
using Etcd.Pki.Files;
using Etcd.Pki.Revocation;

namespace Cfssl.Commands;

/// <summary><c>cfssl ocspserve</c>: an OCSP responder over stored responses.</summary>
internal sealed class OcspServeCommand : ICfsslCommand
{
    private const string Sha1Oid = "1.3.14.3.2.26";

    public string Name => "ocspserve";

    public string Summary => "set up an HTTP server that handles OCSP requests from a file or database (see RFC 5019)";

    public IReadOnlyList<string> Synopsis =>
        ["ocspserve [-address address] [-port port] -responses file", "ocspserve [-address address] [-port port] -db-config file"];

    public IReadOnlyList<string> Flags => ["address", "port", "responses", "db-config"];

    public async Task RunAsync(CommandContext context)
    {
        if (context.Arguments.Count > 0)
            throw new PkiException("argument is provided but not defined; please refer to the usage by flag -h");
        var responder = new OcspResponder(OpenSource(context), context.Console.Clock, context.Log);
        context.Log.Info("Registering OCSP responder handler");
        var listener = new WebListener(context.Options.Address, context.Options.Port, https: null);
        await listener.RunAsync(responder.HandleAsync, address => context.Log.Info($"Now listening on {address}"), context.Cancellation);
    }

    private static Func<OcspRequest, byte[]?> OpenSource(CommandContext context)
    {
        string place = context.Options.Responses;
        if (place.StartsWith("sqlite:", StringComparison.Ordinal))
            return FromDatabase(CertificateDatabase.Open(place["sqlite:".Length..]));
        if (place.Length == 0)
            return FromDatabase(IssueRecorder.Database(context.Options)
                ?? throw new PkiException("no response file provided, please set the -responses flag", "or the -db-config flag"));
        string path = place.StartsWith("file:", StringComparison.Ordinal) ? place["file:".Length..] : place;
        try
        {
            return OcspResponder.FromText(InputFile.ReadText(path), context.Log);
        }
        catch (PkiException error)
        {
            throw new PkiException("unable to read response file", $"-responses: {error.Message}");
        }
    }

    // Rows are keyed by the issuer's key identifier, which is the SHA-1 hash that clients send.
    private static Func<OcspRequest, byte[]?> FromDatabase(CertificateDatabase database) => request =>
        request.HashOid == Sha1Oid ? database.FindOcsp(request.Serial.ToString(), Convert.ToHexStringLower(request.IssuerKeyHash))?.Body : null;
}
