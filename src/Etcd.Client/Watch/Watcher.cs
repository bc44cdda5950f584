using Etcd.Client.Connections;
using Etcd.Grpc;
using Etcd.Grpc.Client;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Kv;
using Etcd.Protocol.Rpc;

namespace Etcd.Client;

/// <summary>One watch on a stream of its own, resumed behind the last revision seen whenever the stream breaks.</summary>
/// <remarks>One reader at a time; <see cref="RequestProgressAsync"/> may be called beside it.</remarks>
public sealed class Watcher : IAsyncDisposable
{
    private static readonly TimeSpan s_pauseBeforeResume = TimeSpan.FromMilliseconds(100);

    private readonly IConnection _connection;
    private readonly KeyRange _range;
    private readonly WatchOptions _options;
    private readonly List<Event> _fragments = [];
    private IStreamCall<WatchRequest, WatchResponse>? _stream;
    private bool _isProgressWanted;
    private bool _hasRenewedToken;

    internal Watcher(IConnection connection, KeyRange range, WatchOptions options)
    {
        _connection = connection;
        _range = range;
        _options = options;
        NextRevision = options.StartRevision;
    }

    /// <summary>The first revision not yet reported; 0 until the server has accepted a watch that begins "now".</summary>
    public long NextRevision { get; private set; }

    /// <summary>Waits for the next response that has events, or tells progress.</summary>
    /// <param name="cancellationToken">Also closes the stream; a later call resumes.</param>
    /// <exception cref="WatchCanceledException">The server ended the watch.</exception>
    /// <exception cref="EtcdClientException">The server refuses the stream for a reason that trying again does not cure.</exception>
    public async Task<WatchResponse> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            WatchResponse? response;
            try
            {
                _stream ??= await CreateAsync(cancellationToken);
                response = await _stream.ReadAsync(cancellationToken);
            }
            catch (Exception problem) when (problem is RpcException or NoConnectionException)
            {
                await CloseStreamAsync();
                await PrepareResumeAsync(problem is RpcException call ? call.Status : ((NoConnectionException)problem).Status, cancellationToken);
                continue;
            }
            if (response is null)
            {
                // The server ended the stream without a complaint, as it does when it stops.
                await CloseStreamAsync();
                await Task.Delay(s_pauseBeforeResume, cancellationToken);
            }
            else if (await AcceptAsync(response, cancellationToken))
            {
                return response;
            }
        }
    }

    /// <summary>Asks for a progress response. Servers answer when the watch has caught up, and may stay silent.</summary>
    public async Task RequestProgressAsync(CancellationToken cancellationToken)
    {
        _isProgressWanted = true;
        if (_stream is not { } stream)
            return;
        try
        {
            await stream.WriteAsync(new WatchRequest { ProgressRequest = new WatchProgressRequest() }, cancellationToken);
            _isProgressWanted = false;
        }
        catch (RpcException)
        {
            // The reader resumes the watch and asks again.
        }
    }

    public ValueTask DisposeAsync() => CloseStreamAsync();

    private async Task<IStreamCall<WatchRequest, WatchResponse>> CreateAsync(CancellationToken cancellationToken)
    {
        _fragments.Clear();
        IStreamCall<WatchRequest, WatchResponse> stream =
            await _connection.OpenStreamAsync(WatchMethods.Watch, Calls.RequireLeader, cancellationToken);
        try
        {
            await stream.WriteAsync(new WatchRequest { CreateRequest = NewRequest() }, cancellationToken);
            if (_isProgressWanted)
            {
                _isProgressWanted = false;
                await stream.WriteAsync(new WatchRequest { ProgressRequest = new WatchProgressRequest() }, cancellationToken);
            }
        }
        catch (RpcException)
        {
            // Reading tells the server's reason.
        }
        return stream;
    }

    private WatchCreateRequest NewRequest()
    {
        var request = new WatchCreateRequest
        {
            Key = _range.Key,
            RangeEnd = _range.End,
            StartRevision = NextRevision,
            ProgressNotify = _options.ProgressNotify,
            PrevKv = _options.PreviousKeyValue,
            Fragment = _options.Fragment,
        };
        if (_options.NoPut)
            request.Filters.Add(WatchCreateRequest.Types.FilterType.Noput);
        if (_options.NoDelete)
            request.Filters.Add(WatchCreateRequest.Types.FilterType.Nodelete);
        return request;
    }

    /// <summary>Takes note of a response.</summary>
    /// <returns>Whether the caller should see it.</returns>
    private async Task<bool> AcceptAsync(WatchResponse response, CancellationToken cancellationToken)
    {
        if (response.Canceled)
        {
            await CloseStreamAsync();
            if (!await TryRenewTokenAsync(response.CancelReason, cancellationToken))
                throw new WatchCanceledException(response);
            return false;
        }
        if (response.Created)
        {
            if (NextRevision == 0)
                NextRevision = response.Header.Revision + 1;
            _hasRenewedToken = false;
            return false;
        }
        if (response.Fragment)
        {
            _fragments.AddRange(response.Events);
            return false;
        }
        if (_fragments.Count > 0)
        {
            _fragments.AddRange(response.Events);
            response.Events.Clear();
            response.Events.AddRange(_fragments);
            _fragments.Clear();
        }
        if (response.Events.Count > 0)
            NextRevision = response.Events[^1].Kv.ModRevision + 1;
        else if (response.Header.Revision >= NextRevision)
            NextRevision = response.Header.Revision + 1;
        return true;
    }

    private async Task PrepareResumeAsync(GrpcStatus status, CancellationToken cancellationToken)
    {
        if (await TryRenewTokenAsync(status.Message, cancellationToken))
            return;
        // Compat: Go's client takes these two for a passing state of the cluster and everything else for an answer.
        if (status.Code is not (StatusCode.Unavailable or StatusCode.Internal))
            throw new EtcdClientException(status);
        await Task.Delay(s_pauseBeforeResume, cancellationToken);
    }

    private async Task<bool> TryRenewTokenAsync(string reason, CancellationToken cancellationToken)
    {
        bool wouldHelp = reason.Contains(EtcdError.InvalidAuthToken.Message, StringComparison.Ordinal)
            || reason.Contains(EtcdError.AuthOldRevision.Message, StringComparison.Ordinal);
        if (!wouldHelp || _hasRenewedToken)
            return false;
        _hasRenewedToken = true;
        await Calls.TranslateAsync(_connection.RenewTokenAsync(cancellationToken));
        return true;
    }

    private async ValueTask CloseStreamAsync()
    {
        IStreamCall<WatchRequest, WatchResponse>? stream = _stream;
        _stream = null;
        if (stream is not null)
            await stream.DisposeAsync();
    }
}
