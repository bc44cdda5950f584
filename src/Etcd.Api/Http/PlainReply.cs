using System.Text;
using Microsoft.AspNetCore.Http;

namespace Etcd.Api.Http;

/// <summary>Small HTTP answers with the headers that Go's HTTP server would give them.</summary>
internal static class PlainReply
{
    private const string PlainText = "text/plain; charset=utf-8";

    /// <summary>An answer of plain text.</summary>
    public static Task TextAsync(HttpContext context, string text) => WriteAsync(context, StatusCodes.Status200OK, PlainText, text);

    public static Task JsonAsync(HttpContext context, string json) => WriteAsync(context, StatusCodes.Status200OK, "application/json", json);

    /// <summary>A refusal: the text and a line end.</summary>
    public static Task ErrorAsync(HttpContext context, int status, string text)
    {
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return WriteAsync(context, status, PlainText, text + "\n");
    }

    public static Task NotFoundAsync(HttpContext context) => ErrorAsync(context, StatusCodes.Status404NotFound, "404 page not found");

    public static Task MethodNotAllowedAsync(HttpContext context, string allowedMethod)
    {
        context.Response.Headers.Allow = allowedMethod;
        return ErrorAsync(context, StatusCodes.Status405MethodNotAllowed, "Method Not Allowed");
    }

    private static Task WriteAsync(HttpContext context, int status, string contentType, string text)
    {
        byte[] body = Encoding.UTF8.GetBytes(text);
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        return context.Response.Body.WriteAsync(body, 0, body.Length, context.RequestAborted);
    }
}
