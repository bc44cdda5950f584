namespace Cfssl.Server;

/// <summary>A refusal of the HTTP API that is not an error of the toolkit.</summary>
/// <param name="status">HTTP status; also the code in the body.</param>
internal sealed class ApiException(int status, string message) : Exception(message)
{
    public int Status { get; } = status;

    public static ApiException BadRequest(string message) => new(400, message);
}
