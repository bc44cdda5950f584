using Etcd.Pki.Errors;
using Etcd.Pki.Files;
using Etcd.Pki.Inspection;
using Etcd.Pki.Keys;
using Etcd.Pki.Revocation;

namespace Cfssl.Signing;

/// <summary>Makes the OCSP signer that <c>-ca</c>, <c>-responder</c> and <c>-responder-key</c> name.</summary>
internal static class OcspSignerFactory
{
    /// <exception cref="PkiException">A file is missing or wrong.</exception>
    public static OcspSigner Create(CommandContext context)
    {
        CfsslOptions options = context.Options;
        string issuer = InputFile.ReadText(options.Ca);
        string responder = InputFile.ReadText(options.Responder);
        string keyFile = options.ResponderKey.Length > 0 ? options.ResponderKey : options.Key;
        string key;
        try
        {
            key = InputFile.ReadText(keyFile);
        }
        catch (PkiException error)
        {
            throw new PkiException(PkiErrorCategory.Certificate, PkiReason.ReadFailed, error.Message, error.Cure);
        }
        return new OcspSigner(
            CertificateReader.ReadOne(issuer),
            CertificateReader.ReadOne(responder),
            PrivateKeyReader.Read(key),
            options.OcspInterval.ToTimeSpan(),
            context.Console.Clock);
    }

    /// <summary>As <see cref="Create"/>, with the log line that the commands have for a failure.</summary>
    /// <exception cref="PkiException">A file is missing or wrong.</exception>
    public static OcspSigner CreateLogged(CommandContext context)
    {
        try
        {
            return Create(context);
        }
        catch (PkiException error)
        {
            context.Log.Critical($"Unable to create OCSP signer: {error.Line}");
            throw;
        }
    }
}
