using Etcd.Grpc;
using Etcd.Grpc.Client;
using Etcd.Protocol.Errors;
using Google.Protobuf;

namespace Etcd.Client.Connections;

/// <summary>Calls to a cluster: picks a member, waits while none can be reached, adds the token, repeats what may be repeated.</summary>
internal sealed class BalancedConnection : IConnection
{
    private const string TokenKey = "token";
    private const string ApiVersionKey = "client-api-version";
    private const string ApiVersion = "3.7";

    private readonly EtcdClientOptions _options;
    private readonly TimeProvider _time;
    private readonly EndpointPool _pool;
    private readonly TokenSource _tokens;
    private readonly bool _isPart;
    private readonly Dictionary<string, BalancedConnection> _pinned = [];

    public BalancedConnection(EtcdClientOptions options, TimeProvider time)
        : this(options, time, new TokenSource(options), isPart: false)
    {
    }

    private BalancedConnection(EtcdClientOptions options, TimeProvider time, TokenSource tokens, bool isPart)
    {
        _options = options;
        _time = time;
        _tokens = tokens;
        _isPart = isPart;
        _pool = new EndpointPool(options, time);
    }

    public IReadOnlyList<string> Endpoints => _pool.Texts;

    public ICallInvoker For(string endpoint)
    {
        if (_pool.Count == 1 && _pool.Texts[0] == endpoint)
            return this;
        lock (_pinned)
        {
            if (!_pinned.TryGetValue(endpoint, out BalancedConnection? pinned))
            {
                pinned = new BalancedConnection(_options with { Endpoints = [endpoint] }, _time, _tokens, isPart: true);
                _pinned.Add(endpoint, pinned);
            }
            return pinned;
        }
    }

    public void ReplaceEndpoints(IReadOnlyList<string> endpoints) => _pool.Replace(endpoints);

    public async Task EnsureTokenAsync(CancellationToken cancellationToken)
    {
        if (_tokens.NeedsFetching)
            await FetchTokenAsync(stale: null, cancellationToken);
    }

    public Task RenewTokenAsync(CancellationToken cancellationToken) => FetchTokenAsync(_tokens.Current, cancellationToken);

    public async Task<TResponse> UnaryAsync<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, TRequest request, CallOptions options, CancellationToken cancellationToken)
        where TRequest : IMessage
        where TResponse : class, IMessage<TResponse>
    {
        var attempts = new CallAttempts(method.Path, options.Timeout ?? _options.RequestTimeout, _options.OnFailedAttempt, _time, cancellationToken);
        using (attempts)
        {
            bool isAuthenticate = ReferenceEquals(method, AuthMethods.Authenticate);
            bool hasRenewed = false;
            if (!isAuthenticate && _tokens.NeedsFetching)
                await FetchTokenAsync(stale: null, attempts, cancellationToken);
            while (true)
            {
                Endpoint? endpoint = null;
                string? token = isAuthenticate ? null : _tokens.Current;
                try
                {
                    endpoint = await _pool.NextAsync(attempts.Token);
                    CallOptions attempt = options with { Timeout = attempts.RemainingTime(), Metadata = Headers(options.Metadata, token) };
                    TResponse response = await endpoint.Channel.UnaryAsync(method, request, attempt, cancellationToken);
                    endpoint.ReportReachable();
                    return response;
                }
                catch (NoConnectionException problem)
                {
                    endpoint?.ReportUnreachable();
                    attempts.LastConnectionProblem = problem.Message;
                }
                catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
                {
                    throw attempts.DeadlineExceeded();
                }
                catch (RpcException problem)
                {
                    GrpcStatus status = problem.Status;
                    if (status.Code == StatusCode.DeadlineExceeded && attempts.IsExpired)
                        throw attempts.DeadlineExceeded();
                    endpoint?.ReportReachable();
                    attempts.ReportFailure(status);
                    if (!isAuthenticate && !hasRenewed && _tokens.WouldHelp(status))
                    {
                        hasRenewed = true;
                        await FetchTokenAsync(token, attempts, cancellationToken);
                    }
                    else if (!RetryPolicy.MayRepeat(status, options) || attempts.Count >= RetryPolicy.MaxAttempts)
                    {
                        throw;
                    }
                    else
                    {
                        await attempts.PauseAsync(RetryPolicy.PauseAfter(attempts.Count - 1, _pool.Count));
                    }
                }
            }
        }
    }

    public async Task<IStreamCall<TRequest, TResponse>> OpenStreamAsync<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, CallOptions options, CancellationToken cancellationToken)
        where TRequest : IMessage
        where TResponse : class, IMessage<TResponse>
    {
        if (_tokens.NeedsFetching)
            await FetchTokenAsync(stale: null, cancellationToken);
        while (true)
        {
            Endpoint endpoint = await _pool.NextAsync(cancellationToken);
            try
            {
                CallOptions attempt = options with { Metadata = Headers(options.Metadata, _tokens.Current) };
                IStreamCall<TRequest, TResponse> stream = await endpoint.Channel.OpenStreamAsync(method, attempt, cancellationToken);
                endpoint.ReportReachable();
                return stream;
            }
            catch (NoConnectionException)
            {
                endpoint.ReportUnreachable();
            }
        }
    }

    public void Dispose()
    {
        lock (_pinned)
        {
            foreach (BalancedConnection pinned in _pinned.Values)
                pinned.Dispose();
        }
        _pool.Dispose();
        if (!_isPart)
            _tokens.Dispose();
    }

    private async Task FetchTokenAsync(string? stale, CallAttempts attempts, CancellationToken cancellationToken)
    {
        try
        {
            await FetchTokenAsync(stale, attempts.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw attempts.DeadlineExceeded();
        }
    }

    private Task FetchTokenAsync(string? stale, CancellationToken cancellationToken) =>
        _tokens.FetchAsync(stale, this, CallOptions.Default, cancellationToken);

    private static Metadata Headers(Metadata? fromCaller, string? token)
    {
        var headers = new Metadata { { ApiVersionKey, ApiVersion } };
        if (token is not null)
            headers.Add(TokenKey, token);
        if (fromCaller is not null)
        {
            foreach (MetadataEntry entry in fromCaller)
                headers.Add(entry);
        }
        return headers;
    }
}
