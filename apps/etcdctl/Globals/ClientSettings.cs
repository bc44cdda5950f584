using System.Net.Security;
using Etcd.Client;
using Etcd.Grpc.Client;
using Etcdctl.Cli;

namespace Etcdctl.Globals;

/// <summary>Everything a client needs to know, read from flags.</summary>
internal sealed record ClientSettings
{
    public required IReadOnlyList<string> Endpoints { get; init; }

    public required TlsFiles Tls { get; init; }

    public EtcdCredentials? Credentials { get; init; }

    public string? AuthToken { get; init; }

    public TimeSpan DialTimeout { get; init; }

    public TimeSpan KeepAliveTime { get; init; }

    public TimeSpan KeepAliveTimeout { get; init; }

    /// <summary>Limit of each call; null for commands that may take long.</summary>
    public TimeSpan? CommandTimeout { get; init; }

    public int MaxSendBytes { get; init; }

    public int MaxReceiveBytes { get; init; }

    /// <summary>What the global flags say.</summary>
    public static ClientSettings From(Invocation invocation) => From(invocation, EndpointsOf(invocation), CredentialsOf(invocation));

    /// <summary>The same, without credentials: for calls that need none and should not ask for a password.</summary>
    public static ClientSettings WithoutCredentials(Invocation invocation) => From(invocation, EndpointsOf(invocation), credentials: null);

    /// <exception cref="ExitException">An endpoint is no address, a certificate cannot be read, the server refused the credentials.</exception>
    public async Task<EtcdClient> ConnectAsync(Terminal terminal, CancellationToken cancellationToken)
    {
        SslClientAuthenticationOptions? tls = Tls.Load();
        EtcdClient client;
        try
        {
            client = new EtcdClient(new EtcdClientOptions
            {
                Endpoints = Endpoints,
                Tls = tls,
                Credentials = Credentials,
                AuthToken = AuthToken,
                DialTimeout = DialTimeout,
                KeepAliveTime = KeepAliveTime,
                KeepAliveTimeout = KeepAliveTimeout,
                RequestTimeout = CommandTimeout,
                MaxSendBytes = MaxSendBytes > 0 ? MaxSendBytes : GrpcChannelOptions.DefaultMaxSendBytes,
                MaxReceiveBytes = MaxReceiveBytes > 0 ? MaxReceiveBytes : GrpcChannelOptions.DefaultMaxReceiveBytes,
                OnFailedAttempt = attempt => ClientLog.FailedAttempt(terminal, Endpoints, attempt),
            });
        }
        catch (FormatException problem)
        {
            throw new ExitException(ExitCode.BadConnection, problem.Message);
        }
        if (Credentials is not null)
            await AuthenticateAsync(client, cancellationToken);
        return client;
    }

    private async Task AuthenticateAsync(EtcdClient client, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(DialTimeout);
        try
        {
            await client.AuthenticateAsync(limit.Token);
        }
        catch (EtcdClientException refused)
        {
            client.Dispose();
            throw new ExitException(ExitCode.BadConnection, refused.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            client.Dispose();
            throw new ExitException(ExitCode.BadConnection, "context deadline exceeded");
        }
    }

    private static ClientSettings From(Invocation invocation, IReadOnlyList<string> endpoints, EtcdCredentials? credentials)
    {
        FlagSet flags = invocation.Globals;
        string token = flags.Text("auth-jwt-token");
        return new ClientSettings
        {
            Endpoints = endpoints,
            Tls = TlsFiles.From(flags),
            Credentials = token.Length > 0 ? null : credentials,
            AuthToken = token.Length > 0 ? token : null,
            DialTimeout = flags.Duration("dial-timeout"),
            KeepAliveTime = flags.Duration("keepalive-time"),
            KeepAliveTimeout = flags.Duration("keepalive-timeout"),
            CommandTimeout = flags.Duration("command-timeout"),
            MaxSendBytes = (int)flags.Number("max-request-bytes"),
            MaxReceiveBytes = (int)flags.Number("max-recv-bytes"),
        };
    }

    private static IReadOnlyList<string> EndpointsOf(Invocation invocation)
    {
        FlagSet flags = invocation.Globals;
        string domain = flags.Text("discovery-srv");
        if (domain.Length > 0)
        {
            IReadOnlyList<string> discovered = SrvDiscovery.Endpoints(
                domain, flags.Text("discovery-srv-name"), flags.IsOn("insecure-discovery"), invocation.Terminal);
            if (discovered.Count > 0)
                return discovered;
        }
        return [.. flags.List("endpoints").Select(endpoint => endpoint.Trim())];
    }

    private static EtcdCredentials? CredentialsOf(Invocation invocation)
    {
        FlagSet flags = invocation.Globals;
        string user = flags.Text("user");
        if (user.Length == 0 || flags.Text("auth-jwt-token").Length > 0)
            return null;
        return Credential(user, flags.Text("password"), "Password: ", invocation.Terminal);
    }

    /// <summary>Reads <c>name[:password]</c> and, failing all else, asks.</summary>
    public static EtcdCredentials Credential(string user, string password, string prompt, Terminal terminal)
    {
        if (password.Length > 0)
            return new EtcdCredentials(user, password);
        int colon = user.IndexOf(':');
        return colon < 0
            ? new EtcdCredentials(user, PasswordPrompt.Ask(terminal, prompt))
            : new EtcdCredentials(user[..colon], user[(colon + 1)..]);
    }
}
