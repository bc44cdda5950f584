using Etcd.Grpc;
using Etcd.Grpc.Client;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Rpc;

namespace Etcd.Client.Connections;

/// <summary>The auth token that goes with every call, fetched with name and password and fetched again when it has died.</summary>
internal sealed class TokenSource : IDisposable
{
    private readonly EtcdCredentials? _credentials;
    private readonly SemaphoreSlim _fetching = new(1, 1);
    private volatile string? _token;
    private volatile bool _isFetched;

    public TokenSource(EtcdClientOptions options)
    {
        _token = options.AuthToken;
        _credentials = options.AuthToken is null ? options.Credentials : null;
    }

    /// <summary>Null: none needed, or none fetched yet.</summary>
    public string? Current => _token;

    public bool NeedsFetching => _credentials is not null && !_isFetched;

    /// <summary>Whether a refusal means that a new token would help.</summary>
    public bool WouldHelp(in GrpcStatus refusal) =>
        _credentials is not null
        && (refusal.Message == EtcdError.InvalidAuthToken.Message
            || refusal.Message == EtcdError.AuthOldRevision.Message
            || refusal.Message == EtcdError.UserEmpty.Message);

    /// <summary>Fetches a token unless another caller has replaced <paramref name="stale"/> in the meantime.</summary>
    public async Task FetchAsync(string? stale, ICallInvoker invoker, CallOptions options, CancellationToken cancellationToken)
    {
        if (_credentials is null)
            return;
        await _fetching.WaitAsync(cancellationToken);
        try
        {
            if (_isFetched && !ReferenceEquals(_token, stale))
                return;
            var request = new AuthenticateRequest { Name = _credentials.UserName, Password = _credentials.Password };
            AuthenticateResponse response = await invoker.UnaryAsync(AuthMethods.Authenticate, request, options, cancellationToken);
            _token = response.Token;
            _isFetched = true;
        }
        catch (RpcException refused) when (refused.Status.Message == EtcdError.AuthNotEnabled.Message)
        {
            // Credentials may be configured before authentication is switched on.
            _token = null;
            _isFetched = true;
        }
        finally
        {
            _fetching.Release();
        }
    }

    public void Dispose() => _fetching.Dispose();
}
