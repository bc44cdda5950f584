using System.Net;
using System.Net.Sockets;

namespace Etcd.Grpc.Client;

/// <summary>Where a channel connects to: a host and port, or a unix socket.</summary>
/// <param name="Host">Name or address, without brackets; for a unix socket the name that certificates are checked against.</param>
/// <param name="Port">0 for a unix socket.</param>
/// <param name="SocketPath">Path of the unix socket, or null.</param>
public sealed record GrpcTarget(string Host, int Port, string? SocketPath = null)
{
    /// <summary>What goes into <c>:authority</c>.</summary>
    internal Uri BaseAddress(bool isTls)
    {
        string scheme = isTls ? "https" : "http";
        string host = SocketPath is not null ? "localhost" : Host.Contains(':') ? $"[{Host}]" : Host;
        return SocketPath is not null ? new Uri($"{scheme}://{host}/") : new Uri($"{scheme}://{host}:{Port}/");
    }

    /// <summary>Dials.</summary>
    /// <exception cref="NoConnectionException">Nobody answered, in the words grpc-go uses.</exception>
    internal async ValueTask<Stream> ConnectAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        Socket socket = SocketPath is null
            ? new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }
            : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            EndPoint remote = SocketPath is not null ? new UnixDomainSocketEndPoint(SocketPath)
                : IPAddress.TryParse(Host, out IPAddress? address) ? new IPEndPoint(address, Port)
                : new DnsEndPoint(Host, Port);
            await socket.ConnectAsync(remote, limit.Token);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException problem)
        {
            socket.Dispose();
            throw DialProblem(Reason(problem), problem);
        }
        catch (OperationCanceledException problem) when (!cancellationToken.IsCancellationRequested)
        {
            socket.Dispose();
            throw DialProblem("i/o timeout", problem);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private NoConnectionException DialProblem(string reason, Exception cause)
    {
        string what = SocketPath is not null ? $"dial unix {SocketPath}" : $"dial tcp {(Host.Contains(':') ? $"[{Host}]" : Host)}:{Port}";
        return new NoConnectionException($"connection error: desc = \"transport: Error while dialing: {what}: {reason}\"", cause);
    }

    private string Reason(SocketException problem) => problem.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => "connect: connection refused",
        SocketError.TimedOut => "i/o timeout",
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => $"lookup {Host}: no such host",
        SocketError.NetworkUnreachable => "connect: network is unreachable",
        SocketError.HostUnreachable => "connect: no route to host",
        // A unix socket that is not there.
        SocketError.AddressNotAvailable when SocketPath is not null => "connect: no such file or directory",
        _ => "connect: " + problem.Message,
    };
}
