using Etcd.Pki.Errors;
using Etcd.Pki.Text;

namespace Cfssl.Server;

/// <summary>What an endpoint is asked.</summary>
/// <param name="Body">The request body.</param>
/// <param name="Query">The value of a query parameter, or null.</param>
/// <param name="Cancellation">The caller has gone.</param>
internal sealed record ApiCall(byte[] Body, Func<string, string?> Query, CancellationToken Cancellation)
{
    /// <summary>The body as the Go struct of that name.</summary>
    /// <exception cref="ApiException">The body is no JSON object.</exception>
    public GoJsonValue Json(string goType)
    {
        try
        {
            return GoJsonValue.Parse(Body).AsStruct(goType);
        }
        catch (PkiException error)
        {
            throw ApiException.BadRequest(error.Message);
        }
    }
}

/// <summary>What an endpoint answers.</summary>
/// <param name="Result">JSON.</param>
/// <param name="Message">A remark beside the result; null for none.</param>
/// <param name="MessageCode">Its code.</param>
internal sealed record ApiAnswer(string Result, string? Message = null, int MessageCode = 0);

/// <summary>One path of the API.</summary>
/// <param name="Name">Behind <c>/api/v1/cfssl/</c>.</param>
/// <param name="Method">The only HTTP method it takes.</param>
/// <param name="HandleAsync">Answers; may throw <see cref="ApiException"/> and <see cref="PkiException"/>.</param>
internal sealed record ApiEndpoint(string Name, string Method, Func<ApiCall, Task<ApiAnswer>> HandleAsync);
