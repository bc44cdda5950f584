using System.Security.Cryptography.X509Certificates;
using Etcd.Pki.Errors;
using Etcd.Pki.Files;
using Etcd.Pki.Inspection;
using Etcd.Pki.Keys;
using Etcd.Pki.Profiles;
using Etcd.Pki.Remote;
using Etcd.Pki.Signing;

namespace Cfssl.Signing;

/// <summary>Makes the signer that the flags and the configuration ask for.</summary>
internal static class SignerFactory
{
    /// <summary>Checks <c>-ca</c> and <c>-ca-key</c> where neither a remote server nor a configuration says who signs.</summary>
    /// <param name="article">"a " or nothing: the commands word it differently.</param>
    /// <exception cref="QuietFailure">One is missing.</exception>
    public static void CheckCaFlags(CommandContext context, string article)
    {
        CfsslOptions options = context.Options;
        if (options.Remote.Length > 0 || context.Policy is not null)
            return;
        // Compat: cfssl only logs this and exits with 0, which hides the failure from scripts; we exit with 1.
        string? missing = options.Ca.Length == 0 ? $"need {article}CA certificate (provide one with -ca)"
            : options.CaKey.Length == 0 && options.Pkcs11Module.Length == 0 ? $"need {article}CA key (provide one with -ca-key)" : null;
        if (missing is null)
            return;
        context.Log.Error(missing);
        throw new QuietFailure();
    }

    /// <exception cref="PkiException">A file is missing or wrong, or the remote address is none.</exception>
    public static ISigner Create(CommandContext context, Action<X509Certificate2, SignRequest>? onIssued = null)
    {
        CfsslOptions options = context.Options;
        SigningPolicy policy = context.Policy ?? SigningPolicy.BuiltIn;
        if (options.Remote.Length > 0)
            policy = policy.WithRemote(options.Remote, ReadAuthKey(options.AuthKey));
        LocalSigner? local = policy.NeedsLocalSigner ? CreateLocal(context, policy, onIssued) : null;
        return policy.NeedsRemoteSigner ? new RemoteSigner(policy, local, ReadTls(options), context.Log) : local!;
    }

    /// <summary>Trust and identity for talking to <c>-remote</c>.</summary>
    /// <exception cref="PkiException">A file is missing or wrong.</exception>
    public static RemoteTls ReadTls(CfsslOptions options)
    {
        X509Certificate2Collection? authorities = options.TlsRemoteCa.Length == 0 ? null
            : [.. CertificateReader.ReadAll(InputFile.ReadText(options.TlsRemoteCa))];
        X509Certificate2? client = null;
        if (options.MutualTlsClientCertificate.Length > 0 && options.MutualTlsClientKey.Length > 0)
            client = ReadPair(options.MutualTlsClientCertificate, options.MutualTlsClientKey);
        return new RemoteTls(authorities, client);
    }

    /// <summary>A certificate (the first of its file) with its private key.</summary>
    /// <exception cref="PkiException">A file is missing or wrong, or the two do not belong together.</exception>
    public static X509Certificate2 ReadPair(string certificatePath, string keyPath)
    {
        using X509Certificate2 certificate = CertificateReader.ReadAll(InputFile.ReadText(certificatePath))[0];
        using PrivateKey key = PrivateKeyReader.Read(InputFile.ReadText(keyPath));
        return key.Matches(certificate.PublicKey)
            ? key.Attach(certificate)
            : throw new PkiException("tls: private key does not match public key", $"{keyPath} is not the key of {certificatePath}");
    }

    // Compat: the original signs with an expired CA without a word, and so do we, with one.
    private static void WarnOfDates(CommandContext context, X509Certificate2 ca)
    {
        DateTime now = context.Console.Clock.GetUtcNow().UtcDateTime;
        if (now > ca.NotAfter.ToUniversalTime())
            context.Console.Error.Write($"hint: the CA expired on {ca.NotAfter.ToUniversalTime():yyyy-MM-dd}; nobody will accept what it signs: cfssl gencert -renewca -ca … -ca-key …\n");
        else if (now < ca.NotBefore.ToUniversalTime())
            context.Console.Error.Write($"hint: the CA is not valid before {ca.NotBefore.ToUniversalTime():yyyy-MM-dd HH:mm:ss} UTC; is this machine's clock right?\n");
    }

    private static AuthKey? ReadAuthKey(string text)
    {
        if (text.Length == 0)
            return null;
        return AuthKey.TryRead(text, out AuthKey? key, out string problem)
            ? key : throw new PkiException("invalid authentication key", $"-authkey: {problem}");
    }

    private static LocalSigner CreateLocal(CommandContext context, SigningPolicy policy, Action<X509Certificate2, SignRequest>? onIssued)
    {
        CfsslOptions options = context.Options;
        if (options.CaKey.Length == 0 && options.Pkcs11Module.Length == 0)
            throw new PkiException(PkiErrorCategory.PrivateKey, PkiReason.Unknown).WithCure("name the CA's key with -ca-key");
        X509Certificate2 certificate = CaFiles.ReadCertificate(options.Ca);
        try
        {
            WarnOfDates(context, certificate);
            return new LocalSigner(certificate, CaFiles.ReadSigningKey(options, certificate), policy, context.Console.Clock, context.Log) { OnIssued = onIssued };
        }
        catch
        {
            certificate.Dispose();
            throw;
        }
    }
}
