using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using Etcd.Pki.Errors;
using Etcd.Pki.Revocation;
using Etcd.Pki.Text;
using Microsoft.AspNetCore.Http;

namespace Cfssl.Server;

/// <summary>Serves signed OCSP responses over HTTP (RFC 5019): GET with the request in the path, or POST.</summary>
/// <param name="find">The stored response for a question, DER, or null.</param>
internal sealed class OcspResponder(Func<OcspRequest, byte[]?> find, TimeProvider clock, PkiLog log)
{
    // OCSPResponse { responseStatus } with one of the error states of RFC 6960 §4.2.1.
    private static readonly byte[] s_malformed = [0x30, 0x03, 0x0a, 0x01, 0x01];
    private static readonly byte[] s_unauthorized = [0x30, 0x03, 0x0a, 0x01, 0x06];

    /// <summary>Reads responses from a file: base64, separated by blanks; what is no response is logged and skipped.</summary>
    public static Func<OcspRequest, byte[]?> FromText(string text, PkiLog log)
    {
        var responses = new Dictionary<BigInteger, byte[]>();
        foreach (string word in text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                byte[] der = Convert.FromBase64String(word);
                responses[OcspResponse.Parse(der).Serial] = der;
            }
            catch (FormatException)
            {
                log.Error($"Base64 decode error on: {word}");
            }
            catch (PkiException error)
            {
                log.Error($"OCSP decode error {error.Message} on: {word}");
            }
        }
        log.Info($"Read {responses.Count.ToString(CultureInfo.InvariantCulture)} OCSP responses");
        return request => responses.GetValueOrDefault(request.Serial);
    }

    public async Task HandleAsync(HttpContext context)
    {
        HttpResponse response = context.Response;
        response.Headers.CacheControl = "max-age=0, no-cache";
        if (context.Request.Method is not ("GET" or "POST"))
        {
            response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return;
        }
        if (await ReadRequestAsync(context) is not { } question)
        {
            response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }
        response.ContentType = "application/ocsp-response";
        OcspRequest request;
        try
        {
            request = OcspRequest.Parse(question);
        }
        catch (PkiException)
        {
            log.Info($"Error decoding request body: {Convert.ToBase64String(question)}");
            response.StatusCode = StatusCodes.Status400BadRequest;
            await response.Body.WriteAsync(s_malformed, context.RequestAborted);
            return;
        }
        if (find(request) is not { } stored)
        {
            log.Info($"No response found for request: serial {request.Serial:x}, request body {Convert.ToBase64String(question)}");
            await response.Body.WriteAsync(s_unauthorized, context.RequestAborted);
            return;
        }
        await WriteAsync(context, stored);
    }

    private async Task WriteAsync(HttpContext context, byte[] stored)
    {
        HttpResponse response = context.Response;
        OcspResponse parsed = OcspResponse.Parse(stored);
        DateTimeOffset next = parsed.NextUpdate ?? parsed.ThisUpdate;
        long maxAgeSeconds = Math.Max(0, (long)(next - clock.GetUtcNow()).TotalSeconds);
        response.Headers.LastModified = parsed.ThisUpdate.ToString("R", CultureInfo.InvariantCulture);
        response.Headers.Expires = next.ToString("R", CultureInfo.InvariantCulture);
        response.Headers.CacheControl = $"max-age={maxAgeSeconds.ToString(CultureInfo.InvariantCulture)}, public, no-transform, must-revalidate";
        string tag = $"\"{Convert.ToHexString(SHA256.HashData(stored))}\"";
        response.Headers.ETag = tag;
        if (context.Request.Headers.IfNoneMatch == tag)
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        response.ContentLength = stored.Length;
        await response.Body.WriteAsync(stored, context.RequestAborted);
    }

    private async Task<byte[]?> ReadRequestAsync(HttpContext context)
    {
        if (context.Request.Method == "POST")
        {
            var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            return body.ToArray();
        }
        // Clients send base64 with or without escapes; the server has undone the escapes, '+' may have become a blank.
        string base64 = (context.Request.Path.Value ?? "").TrimStart('/').Replace(' ', '+');
        try
        {
            if (base64.Length > 0)
                return Convert.FromBase64String(Uri.UnescapeDataString(base64));
        }
        catch (FormatException)
        {
            // Answered below.
        }
        log.Info($"Error decoding base64 from URL: {base64}");
        return null;
    }
}
