using System.Security.Cryptography;
using Cfssl.Commands;
using Etcd.Pki.Errors;
using Etcd.Pki.Keys;
using Etcd.Pki.Pem;
using Etcd.Pki.Requests;
using Etcd.Pki.Signing;
using Etcd.Pki.Text;

namespace Cfssl.Server;

/// <summary><c>newkey</c>, <c>newcert</c> and <c>init_ca</c>.</summary>
internal sealed class GeneratorEndpoints(ApiServices services, SignEndpoints? signing)
{
    public Task<ApiAnswer> NewKeyAsync(ApiCall call)
    {
        services.Log.Info("request for CSR");
        (PrivateKey key, string csr) = Generate(ReadRequest(call.Json("csr.CertificateRequest")));
        using (key)
        {
            GoJsonWriter json = new GoJsonWriter().BeginObject()
                .Member("private_key", key.ToPem())
                .Member("certificate_request", csr)
                .Name("sums").BeginObject();
            WriteSum(json, "certificate_request", csr);
            return Task.FromResult(new ApiAnswer(json.EndObject().EndObject().ToString()));
        }
    }

    public async Task<ApiAnswer> NewCertAsync(ApiCall call)
    {
        services.Log.Info("request for CSR");
        GoJsonValue outer = call.Json("generator.genSignRequest");
        string profile = Read(() => outer.StringOrEmpty("profile"));
        string label = Read(() => outer.StringOrEmpty("label"));
        bool isBundleWanted = Read(() => outer.BooleanOrFalse("bundle"));
        // Compat: a missing "request" is an empty one, which the original accepts for leaves.
        RequestSpec spec = outer.Find("request") is { } request ? ReadRequest(request) : new RequestSpec();
        (PrivateKey key, string csr) = Generate(spec);
        using PrivateKey owned = key;
        string certificate = await SignAsync(new SignRequest(csr) { Profile = profile, Label = label }, call.Cancellation);
        (string? bundle, bool isMissing) = isBundleWanted && signing is not null
            ? await signing.BundleAsync(certificate, call.Cancellation) : (null, false);
        GoJsonWriter json = new GoJsonWriter().BeginObject();
        if (bundle is not null)
            json.Name("bundle").Raw(bundle);
        json.Member("certificate", certificate)
            .Member("certificate_request", csr)
            .Member("private_key", key.ToPem())
            .Name("sums").BeginObject();
        WriteSum(json, "certificate", certificate);
        WriteSum(json, "certificate_request", csr);
        string result = json.EndObject().EndObject().ToString();
        return isMissing ? new ApiAnswer(result, SignEndpoints.NoBundlerMessage, SignEndpoints.PolicyCode) : WithHostsRemark(result, spec);
    }

    public Task<ApiAnswer> InitCaAsync(ApiCall call)
    {
        services.Log.Info("setting up initial CA / CSR");
        RequestSpec request = Read(() => RequestSpec.FromJson(call.Json("csr.CertificateRequest")));
        using IssuedPair pair = new CertificateAuthority(services.Clock, services.Log).Create(request);
        string result = new GoJsonWriter().BeginObject()
            .Member("private_key", pair.Key!.ToPem())
            .Member("certificate", pair.CertificatePem)
            .EndObject().ToString();
        return Task.FromResult(new ApiAnswer(result));
    }

    private static ApiAnswer WithHostsRemark(string result, RequestSpec request) =>
        request.Hosts is { Count: > 0 } ? new ApiAnswer(result) : new ApiAnswer(result, RequestRules.NoHostsWarning, SignEndpoints.PolicyCode);

    private RequestSpec ReadRequest(GoJsonValue json)
    {
        RequestSpec request = Read(() => RequestSpec.FromJson(json));
        if (request.Ca is null)
            return request;
        services.Log.Warning("request received with CA section");
        throw ApiException.BadRequest("ca section only permitted in initca");
    }

    private (PrivateKey Key, string Csr) Generate(RequestSpec request)
    {
        services.Log.Info("generate received request");
        try
        {
            return CsrBuilder.Generate(request, services.Log);
        }
        catch (PkiException error)
        {
            services.Log.Warning($"failed to process CSR: {error.Line}");
            throw;
        }
    }

    private async Task<string> SignAsync(SignRequest request, CancellationToken cancellation)
    {
        try
        {
            return await services.Signer!.SignAsync(request, cancellation);
        }
        catch (PkiException error)
        {
            services.Log.Warning($"failed to sign request: {error.Line}");
            throw;
        }
    }

    private TResult Read<TResult>(Func<TResult> read)
    {
        try
        {
            return read();
        }
        catch (PkiException error) when (error.Code == 0)
        {
            services.Log.Warning($"failed to unmarshal request: {error.Message}");
            throw ApiException.BadRequest(error.Message);
        }
    }

#pragma warning disable CA5350, CA5351 // Fingerprints for people to compare; the API has always had these three.
    private static void WriteSum(GoJsonWriter json, string name, string pem)
    {
        byte[] der = PemBlock.ReadAll(pem)[0].Bytes;
        json.Name(name).BeginObject()
            .Member("md5", Convert.ToHexString(MD5.HashData(der)))
            .Member("sha-1", Convert.ToHexString(SHA1.HashData(der)))
            .Member("sha-256", Convert.ToHexString(SHA256.HashData(der)))
            .EndObject();
    }
#pragma warning restore CA5350, CA5351
}
