using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Etcd.Pki.Errors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace Cfssl.Server;

/// <summary>Runs Kestrel on one address until the user interrupts or the system asks to stop, then lets running requests end.</summary>
internal sealed class WebListener
{
    /// <summary>A CSR with a thousand names needs a tenth of this.</summary>
    private const int LargestBodyBytes = 1024 * 1024;

    private const int MostConnections = 1000;

    private static readonly TimeSpan s_drainTimeout = TimeSpan.FromSeconds(10);

    private readonly string _host;
    private readonly int _port;
    private readonly HttpsConnectionAdapterOptions? _https;

    /// <param name="host">An IP address or a host name.</param>
    /// <param name="port">0 for one that the kernel chooses.</param>
    /// <param name="https">Null for plain HTTP.</param>
    public WebListener(string host, int port, HttpsConnectionAdapterOptions? https)
    {
        _host = host;
        _port = port;
        _https = https;
    }

    /// <summary>Serves until <paramref name="cancellation"/> or SIGTERM.</summary>
    /// <param name="handleAsync">Answers a request.</param>
    /// <param name="onListening">Gets <c>host:port</c> once connections are accepted.</param>
    /// <param name="cancellation">Ctrl-C.</param>
    /// <exception cref="PkiException">The address cannot be used.</exception>
    public async Task RunAsync(RequestDelegate handleAsync, Action<string> onListening, CancellationToken cancellation)
    {
        IPAddress address = await ResolveAsync(_host, cancellation);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => Configure(kestrel, address));
        await using WebApplication app = builder.Build();
        app.Run(handleAsync);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using PosixSignalRegistration term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            stop.Cancel();
        });
        try
        {
            await app.StartAsync(CancellationToken.None);
        }
        catch (IOException error)
        {
            throw new PkiException(
                $"listen tcp {_host}:{_port.ToString(CultureInfo.InvariantCulture)}: {(error.InnerException ?? error).Message}",
                "another program has this port, or the address is not of this machine: choose others with -address and -port");
        }
        onListening(ListeningAddress(app));
        await Task.Delay(Timeout.Infinite, stop.Token).ContinueWith(static _ => { }, TaskScheduler.Default);
        using var drain = new CancellationTokenSource(s_drainTimeout);
        await app.StopAsync(drain.Token);
    }

    private void Configure(KestrelServerOptions kestrel, IPAddress address)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = LargestBodyBytes;
        kestrel.Limits.MaxConcurrentConnections = MostConnections;
        kestrel.Listen(address, _port, listen =>
        {
            if (_https is not null)
                listen.UseHttps(_https);
        });
    }

    private static string ListeningAddress(WebApplication app)
    {
        string url = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return url[(url.IndexOf("://", StringComparison.Ordinal) + 3)..];
    }

    private static async Task<IPAddress> ResolveAsync(string host, CancellationToken cancellation)
    {
        if (host.Length == 0)
            return IPAddress.IPv6Any;
        if (IPAddress.TryParse(host, out IPAddress? address))
            return address;
        try
        {
            return (await Dns.GetHostAddressesAsync(host, cancellation))[0];
        }
        catch (Exception error) when (error is SocketException or ArgumentException)
        {
            throw new PkiException($"listen tcp: lookup {host}: {error.Message}", "-address is an IP address or a host name of this machine");
        }
    }
}
