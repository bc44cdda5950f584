using System.Globalization;
using System.Numerics;
using System.Security.Cryptography.X509Certificates;
using Etcd.Pki.Bundles;
using Etcd.Pki.Errors;
using Etcd.Pki.Inspection;
using Etcd.Pki.Profiles;
using Etcd.Pki.Requests;
using Etcd.Pki.Signing;
using Etcd.Pki.Text;

namespace Cfssl.Server;

/// <summary><c>sign</c> and <c>authsign</c>.</summary>
internal sealed class SignEndpoints(ApiServices services, ISigner signer)
{
    public const string NoBundlerMessage = "This request requires a bundler, but one is not initialized for the API server.";

    /// <summary>The code of remarks beside a result.</summary>
    public const int PolicyCode = (int)PkiErrorCategory.Policy + PkiReason.InvalidRequest;

    /// <summary>True if some profile may be used without a key.</summary>
    public bool HasOpenProfile => Profiles.Any(static profile => profile.AuthKey is null);

    /// <summary>True if some profile asks for a key.</summary>
    public bool HasGuardedProfile => Profiles.Any(static profile => profile.AuthKey is not null);

    private IEnumerable<SigningProfile> Profiles => [signer.Policy.Default, .. signer.Policy.Profiles.Values];

    public async Task<ApiAnswer> SignAsync(ApiCall call)
    {
        services.Log.Info("signature request received");
        GoJsonValue json = ParseOr(call.Body, "Unable to parse sign request");
        SigningProfile profile = signer.Policy.Select(ReadOr(() => json.StringOrEmpty("profile"), "Unable to parse sign request"));
        SignRequest request = ReadOr(() => ReadRequest(json, profile), "Unable to parse sign request");
        if (request.CsrPem.Length == 0)
            throw ApiException.BadRequest("missing parameter 'certificate_request'");
        if (profile.AuthKey is not null)
        {
            services.Log.Error("profile requires authentication");
            throw ApiException.BadRequest("authentication required");
        }
        return await IssueAsync(request, json.BooleanOrFalse("bundle"), call.Cancellation);
    }

    public async Task<ApiAnswer> AuthSignAsync(ApiCall call)
    {
        services.Log.Info("signature request received");
        GoJsonValue outer = call.Json("auth.AuthenticatedRequest");
        byte[] body = ReadBase64(outer, "request");
        byte[] token = ReadBase64(outer, "token");
        const string Unreadable = "Unable to parse authenticated sign request";
        GoJsonValue json = ParseOr(body, Unreadable);
        SigningProfile profile = signer.Policy.Select(ReadOr(() => json.StringOrEmpty("profile"), Unreadable));
        SignRequest request = ReadOr(() => ReadRequest(json, profile), Unreadable);
        if (profile.AuthKey is not { } key)
        {
            services.Log.Error("profile has no authentication provider");
            throw ApiException.BadRequest("no authentication provider");
        }
        if (!key.Verify(token, body) && profile.PreviousAuthKey?.Verify(token, body) != true)
        {
            services.Log.Warning("received authenticated request with invalid token");
            throw ApiException.BadRequest("invalid token");
        }
        if (request.CsrPem.Length == 0)
            throw ApiException.BadRequest("missing parameter 'certificate_request'");
        return await IssueAsync(request, json.BooleanOrFalse("bundle"), call.Cancellation);
    }

    private async Task<ApiAnswer> IssueAsync(SignRequest request, bool isBundleWanted, CancellationToken cancellation)
    {
        string certificate;
        try
        {
            certificate = await signer.SignAsync(request, cancellation);
        }
        catch (PkiException error)
        {
            services.Log.Warning($"failed to sign request: {error.Line}");
            throw;
        }
        (string? bundle, bool isMissing) = isBundleWanted ? await BundleAsync(certificate, cancellation) : (null, false);
        services.Log.Info("wrote response");
        GoJsonWriter json = new GoJsonWriter().BeginObject();
        if (bundle is not null)
            json.Name("bundle").Raw(bundle);
        string result = json.Member("certificate", certificate).EndObject().ToString();
        return isMissing ? new ApiAnswer(result, NoBundlerMessage, PolicyCode) : new ApiAnswer(result);
    }

    /// <summary>The bundle of a certificate just issued.</summary>
    /// <returns>JSON, or the fact that this server has no bundler.</returns>
    public async Task<(string? Bundle, bool IsMissing)> BundleAsync(string certificatePem, CancellationToken cancellation)
    {
        if (services.Bundler is null)
            return (null, true);
        await services.BundlerTurn.WaitAsync(cancellation);
        try
        {
            using X509Certificate2 certificate = CertificateReader.ReadOne(certificatePem);
            Bundle bundle = await services.Bundler.BuildAsync([certificate], key: null, BundleFlavor.Optimal, cancellation);
            var json = new GoJsonWriter();
            bundle.WriteJson(json);
            return (json.ToString(), false);
        }
        finally
        {
            services.BundlerTurn.Release();
        }
    }

    private SignRequest ReadRequest(GoJsonValue json, SigningProfile profile)
    {
        string hostname = json.StringOrEmpty("hostname");
        DateTimeOffset? notBefore = ReadTime(json, "NotBefore");
        DateTimeOffset? notAfter = ReadTime(json, "NotAfter");
        if (notAfter is null && json.FindString("expiry") is { Length: > 0 } expiry)
        {
            // The caller may ask for less than the policy's life, not for more.
            GoDuration limit = profile.Expiry.IsZero ? signer.Policy.Default.Expiry : profile.Expiry;
            TimeSpan life = GoDuration.Parse(expiry).ToTimeSpan();
            notBefore ??= services.Clock.GetUtcNow();
            notAfter = notBefore + (life < limit.ToTimeSpan() ? life : limit.ToTimeSpan());
        }
        return new SignRequest(json.StringOrEmpty("certificate_request"))
        {
            Hosts = hostname.Length > 0 ? SignRequest.SplitHosts(hostname) : json.FindStrings("hosts"),
            Subject = json.Find("subject") is { } subject ? SubjectOverride.FromJson(subject) : null,
            Profile = json.StringOrEmpty("profile"),
            Label = json.StringOrEmpty("label"),
            CrlUrl = json.StringOrEmpty("crl_override"),
            Serial = json.Find("serial") is { } serial ? ReadSerial(serial.AsNumberText("big.Int")) : null,
            Extensions = [.. (json.Find("extensions")?.Items("[]signer.Extension") ?? []).Select(ReadExtension)],
            NotBefore = notBefore,
            NotAfter = notAfter,
        };
    }

    private static BigInteger ReadSerial(string digits) =>
        digits.Length < 60 && BigInteger.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out BigInteger serial)
            ? serial : throw ApiException.BadRequest("invalid serial number");

    private static RequestExtension ReadExtension(GoJsonValue item)
    {
        GoJsonValue extension = item.AsStruct("signer.Extension");
        try
        {
            byte[] value = Convert.FromHexString(extension.StringOrEmpty("value"));
            return new RequestExtension(extension.StringOrEmpty("id"), extension.BooleanOrFalse("critical"), value);
        }
        catch (FormatException)
        {
            throw new PkiException(PkiErrorCategory.Certificate, PkiReason.BadRequest);
        }
    }

    private static DateTimeOffset? ReadTime(GoJsonValue json, string name)
    {
        if (json.FindString(name) is not { } text)
            return null;
        if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time))
            throw ApiException.BadRequest($"{name} is not a time");
        return time.Year <= 1 ? null : time; // Go's zero time, which its clients send for "not set".
    }

    private static byte[] ReadBase64(GoJsonValue json, string name)
    {
        try
        {
            return Convert.FromBase64String(json.StringOrEmpty(name));
        }
        catch (Exception error) when (error is FormatException or PkiException)
        {
            throw ApiException.BadRequest($"{name} is not base64");
        }
    }

    private static GoJsonValue ParseOr(byte[] body, string message) =>
        ReadOr(() => GoJsonValue.Parse(body).AsStruct("signhandler.jsonSignRequest"), message);

    private static TResult ReadOr<TResult>(Func<TResult> read, string message)
    {
        try
        {
            return read();
        }
        catch (PkiException error) when (error.Code == 0)
        {
            throw ApiException.BadRequest(message);
        }
    }
}
