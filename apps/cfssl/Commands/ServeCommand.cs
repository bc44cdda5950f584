using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Cfssl.Server;
using Cfssl.Signing;
using Cfssl.Store;
using Etcd.Pki.Bundles;
using Etcd.Pki.Errors;
using Etcd.Pki.Files;
using Etcd.Pki.Inspection;
using Etcd.Pki.Names;
using Etcd.Pki.Profiles;
using Etcd.Pki.Revocation;
using Etcd.Pki.Signing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Cfssl.Commands;

/// <summary><c>cfssl serve</c>: the HTTP API.</summary>
internal sealed class ServeCommand : ICfsslCommand
{
    public string Name => "serve";

    public string Summary => "set up a HTTP server that handles cfssl requests";

    public IReadOnlyList<string> Synopsis =>
    [
        "serve [-address address] [-port port] [-ca cert] [-ca-key key] [-config file] [-db-config file] [-disable endpoint[,endpoint]]",
        "serve … [-tls-cert cert] [-tls-key key] [-mutual-tls-ca ca] [-mutual-tls-cn regex] [-min-tls-version version]",
        "serve … [-ca-bundle file] [-int-bundle file] [-int-dir dir] [-responder cert] [-responder-key key] [-remote server]",
    ];

    public IReadOnlyList<string> Flags =>
    [
        "address", "port", "min-tls-version", "ca", "ca-key", "ca-bundle", "int-bundle", "int-dir", "metadata", "remote", "config", "responder",
        "responder-key", "tls-key", "tls-cert", "mutual-tls-ca", "mutual-tls-cn", "tls-remote-ca", "mutual-tls-client-cert",
        "mutual-tls-client-key", "db-config", "disable", "pkcs11-module", "pkcs11-token", "pkcs11-pin", "pkcs11-label",
    ];

    public async Task RunAsync(CommandContext context)
    {
        if (context.Arguments.Count > 0)
            throw new PkiException("argument is provided but not defined; please refer to the usage by flag -h");
        CfsslOptions options = context.Options;
        CertificateDatabase? database = IssueRecorder.Database(options);
        context.Log.Info("Initializing signer");
        var services = new ApiServices(
            options,
            Try<ISigner>(context, "couldn't initialize signer", () => SignerFactory.Create(context, IssueRecorder.For(database))),
            options.Responder.Length == 0 ? null : Try<OcspSigner>(context, "couldn't initialize ocsp signer", () => OcspSignerFactory.Create(context)),
            CreateBundler(context),
            database,
            context.Console.Clock,
            context.Log);
        var server = new ApiServer(services);
        bool isHttps = options.TlsCertificate.Length > 0 && options.TlsKey.Length > 0;
        bool isMutual = isHttps && options.MutualTlsCa.Length > 0;
        string greeting = isMutual ? "Now listening with mutual TLS on https://" : isHttps ? "Now listening on https://" : "Now listening on ";
        var listener = new WebListener(options.Address, options.Port, isHttps ? CreateHttps(options) : null);
        RequestDelegate handler = isMutual && options.MutualTlsCommonName.Length > 0 ? OnlyNames(context, server.HandleAsync) : server.HandleAsync;
        await listener.RunAsync(handler, address => context.Log.Info(greeting + address), context.Cancellation);
    }

    private static T? Try<T>(CommandContext context, string failure, Func<T> create)
        where T : class
    {
        try
        {
            return create();
        }
        catch (PkiException error)
        {
            context.Log.Warning($"{failure}: {error.Line}");
            return null;
        }
    }

    private static Bundler? CreateBundler(CommandContext context)
    {
        CfsslOptions options = context.Options;
        if (options.CaBundle.Length == 0 || options.IntermediateBundle.Length == 0)
            return null;
        return Try(context, "couldn't initialize bundler", () => Bundler.Load(
            options.CaBundle, options.IntermediateBundle, options.IntermediateDirectory, context.Console.Clock, context.Log));
    }

    private static HttpsConnectionAdapterOptions CreateHttps(CfsslOptions options)
    {
        var https = new HttpsConnectionAdapterOptions
        {
            ServerCertificate = SignerFactory.ReadPair(options.TlsCertificate, options.TlsKey),
            ServerCertificateChain = [.. CertificateReader.ReadAll(InputFile.ReadText(options.TlsCertificate)).Skip(1)],
            SslProtocols = ParseMinimum(options.MinTlsVersion),
        };
        if (options.MutualTlsCa.Length == 0)
            return https;
        X509Certificate2Collection authorities = ReadAuthorities(options.MutualTlsCa);
        https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
        https.ClientCertificateValidation = (certificate, chain, _) => IsFrom(authorities, certificate, chain);
        return https;
    }

    private static X509Certificate2Collection ReadAuthorities(string path)
    {
        try
        {
            return [.. CertificateReader.ReadAll(InputFile.ReadText(path))];
        }
        catch (PkiException error)
        {
            throw new PkiException($"failed to load mutual TLS CA file: {error.Message}", error.Cure);
        }
    }

    private static bool IsFrom(X509Certificate2Collection authorities, X509Certificate2 certificate, X509Chain? presented)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(UsageNames.ClientAuthOid));
        if (presented is not null)
            chain.ChainPolicy.ExtraStore.AddRange(presented.ChainPolicy.ExtraStore);
        return chain.Build(certificate);
    }

    private static RequestDelegate OnlyNames(CommandContext context, RequestDelegate next)
    {
        string pattern = context.Options.MutualTlsCommonName;
        Regex allowed;
        try
        {
            allowed = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            throw new PkiException($"malformed CN regex: {error.Message}", "-mutual-tls-cn is a regular expression");
        }
        return async http =>
        {
            string name = http.Connection.ClientCertificate is { } certificate ? SubjectName.FromDer(certificate.SubjectName).CommonName : "";
            if (allowed.IsMatch(name))
            {
                await next(http);
                return;
            }
            context.Log.Warning($"Rejected client cert CN \"{name}\" does not match regex {pattern}");
            http.Response.StatusCode = StatusCodes.Status403Forbidden;
            http.Response.ContentType = "text/plain; charset=utf-8";
            await http.Response.WriteAsync("Invalid CN\n", http.RequestAborted);
        };
    }

#pragma warning disable SYSLIB0039, CA5397 // TLS 1.0 and 1.1 only for those who ask for them by name.
    private static SslProtocols ParseMinimum(string version) => version switch
    {
        "" or "1.2" => SslProtocols.Tls12 | SslProtocols.Tls13,
        "1.3" => SslProtocols.Tls13,
        "1.1" => SslProtocols.Tls11 | SslProtocols.Tls12 | SslProtocols.Tls13,
        "1.0" => SslProtocols.Tls | SslProtocols.Tls11 | SslProtocols.Tls12 | SslProtocols.Tls13,
        _ => throw new PkiException($"invalid TLS version \"{version}\"", "-min-tls-version is 1.0, 1.1, 1.2 or 1.3"),
    };
#pragma warning restore SYSLIB0039, CA5397
}
