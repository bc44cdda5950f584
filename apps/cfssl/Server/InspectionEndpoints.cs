using System.Security.Cryptography.X509Certificates;
using System.Text;
using Cfssl.Commands;
using Cfssl.Store;
using Etcd.Pki.Bundles;
using Etcd.Pki.Errors;
using Etcd.Pki.Inspection;
using Etcd.Pki.Keys;
using Etcd.Pki.Signing;
using Etcd.Pki.Text;

namespace Cfssl.Server;

/// <summary><c>info</c>, <c>certinfo</c> and <c>bundle</c>.</summary>
internal sealed class InspectionEndpoints(ApiServices services)
{
    public async Task<ApiAnswer> InfoAsync(ApiCall call)
    {
        GoJsonValue json = call.Json("info.Req");
        (string label, string profile) = Read(() => (json.StringOrEmpty("label"), json.StringOrEmpty("profile")));
        SignerInfo info = await services.Signer!.DescribeAsync(label, profile, call.Cancellation);
        return new ApiAnswer(InfoCommand.ToJson(info, new GoJsonWriter()).ToString());
    }

    public async Task<ApiAnswer> CertInfoAsync(ApiCall call)
    {
        Dictionary<string, string> texts = ReadTexts(call);
        using X509Certificate2 certificate = texts.TryGetValue("certificate", out string? pem) ? CertificateReader.ReadOne(pem)
            : texts.TryGetValue("domain", out string? domain) ? await ServerCertificate.FetchAsync(domain, call.Cancellation)
            : texts.TryGetValue("serial", out string? serial) && texts.TryGetValue("authority_key_id", out string? keyId) ? FindStored(serial, keyId)
            : throw NoParameters();
        var json = new GoJsonWriter();
        CertificateDescription.WriteJson(json, certificate);
        return new ApiAnswer(json.ToString());
    }

    public async Task<ApiAnswer> BundleAsync(ApiCall call)
    {
        Dictionary<string, string> texts = ReadTexts(call);
        BundleFlavor flavor = BundleCommand.ParseFlavor(texts.GetValueOrDefault("flavor", ""));
        using PrivateKey? key = texts.TryGetValue("private_key", out string? keyPem) ? PrivateKeyReader.Read(keyPem) : null;
        IReadOnlyList<X509Certificate2> certificates = texts.TryGetValue("certificate", out string? pem)
            ? CertificateReader.ReadAny(Encoding.UTF8.GetBytes(pem), texts.GetValueOrDefault("password"))
            : texts.TryGetValue("domain", out string? domain)
                ? await ServerCertificate.FetchChainAsync(domain, texts.GetValueOrDefault("ip"), call.Cancellation)
                : throw NoParameters();
        await services.BundlerTurn.WaitAsync(call.Cancellation);
        try
        {
            Bundle bundle = await services.Bundler!.BuildAsync(certificates, key, flavor, call.Cancellation);
            var json = new GoJsonWriter();
            bundle.WriteJson(json);
            return new ApiAnswer(json.ToString());
        }
        finally
        {
            services.BundlerTurn.Release();
        }
    }

    private X509Certificate2 FindStored(string serial, string keyId)
    {
        CertificateDatabase database = services.Database ?? throw ApiException.BadRequest(ApiServer.NoDatabase);
        CertificateRecord record = database.Find(serial, keyId)
            ?? throw new PkiException(PkiErrorCategory.CertificateStore, PkiReason.RecordNotFound);
        return CertificateReader.ReadOne(record.Pem);
    }

    // The original reads a map of texts here and ignores empty ones.
    private static Dictionary<string, string> ReadTexts(ApiCall call)
    {
        GoJsonValue json = call.Json("map[string]string");
        return Read(() => json.Members("map[string]string")
            .Select(static member => new KeyValuePair<string, string>(member.Key, member.Value.AsString()))
            .Where(static member => member.Value.Length > 0)
            .ToDictionary(StringComparer.Ordinal));
    }

    private static ApiException NoParameters() => ApiException.BadRequest("no valid parameter sets found");

    private static TResult Read<TResult>(Func<TResult> read)
    {
        try
        {
            return read();
        }
        catch (PkiException error)
        {
            throw ApiException.BadRequest(error.Message);
        }
    }
}
