using System.Globalization;
using System.Net.Security;
using Etcdctl.Cli;

namespace Etcdctl.Commands;

/// <summary>Reads how much memory a server uses from its metrics page.</summary>
internal static class ServerMemory
{
    private const string Metric = "process_resident_memory_bytes ";

    /// <returns>Bytes, or 0 if they cannot be had.</returns>
    public static async Task<double> ReadAsync(string endpoint, SslClientAuthenticationOptions? tls, CancellationToken cancellationToken)
    {
        string address = endpoint.Contains("://", StringComparison.Ordinal) ? endpoint : $"{(tls is null ? "http" : "https")}://{endpoint}";
        using var handler = new SocketsHttpHandler { UseProxy = false };
        if (tls is not null)
            handler.SslOptions = tls;
        using var http = new HttpClient(handler);
        try
        {
            string page = await http.GetStringAsync(new Uri(address + "/metrics"), cancellationToken);
            foreach (ReadOnlySpan<char> line in page.AsSpan().EnumerateLines())
            {
                if (line.StartsWith(Metric) && double.TryParse(line[Metric.Length..], NumberStyles.Float, CultureInfo.InvariantCulture, out double bytes))
                    return bytes;
            }
        }
        catch (HttpRequestException problem)
        {
            throw new ExitException(ExitCode.Error, problem.Message);
        }
        return 0;
    }
}
