using Etcd.Grpc;
using Etcd.Grpc.Client;
using Etcd.Protocol.Errors;

namespace Etcd.Client.Connections;

/// <summary>The deadline that all tries of one unary call share, and the story of those that failed.</summary>
internal sealed class CallAttempts : IDisposable
{
    private readonly string _method;
    private readonly Action<FailedAttempt>? _onFailure;
    private readonly TimeSpan? _limit;
    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly CancellationTokenSource? _deadline;
    private readonly CancellationToken _cancelledByCaller;

    public CallAttempts(string method, TimeSpan? limit, Action<FailedAttempt>? onFailure, TimeProvider time, CancellationToken cancellationToken)
    {
        _method = method;
        _onFailure = onFailure;
        _limit = limit;
        _time = time;
        _started = time.GetTimestamp();
        _cancelledByCaller = cancellationToken;
        if (limit is { } timeout)
        {
            _deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            _deadline.CancelAfter(CallLimit.ForTimer(timeout));
        }
    }

    /// <summary>Cancelled by the caller or by the deadline.</summary>
    public CancellationToken Token => _deadline?.Token ?? _cancelledByCaller;

    public bool IsExpired => _limit is { } limit && _time.GetElapsedTime(_started) >= limit;

    /// <summary>Tries that reached a server and failed.</summary>
    public int Count { get; private set; }

    public string? LastConnectionProblem { get; set; }

    public TimeSpan? RemainingTime()
    {
        if (_limit is not { } limit)
            return null;
        TimeSpan remaining = limit - _time.GetElapsedTime(_started);
        return remaining > TimeSpan.Zero ? remaining : TimeSpan.Zero;
    }

    public void ReportFailure(in GrpcStatus status)
    {
        _onFailure?.Invoke(new FailedAttempt(_method, Count, status.ToString()));
        Count++;
    }

    /// <summary>The end of a call whose time ran out; the report also names the connection problem that used it up.</summary>
    public RpcException DeadlineExceeded()
    {
        string description = LastConnectionProblem is null
            ? "context deadline exceeded"
            : "latest balancer error: last connection error: " + LastConnectionProblem;
        ReportFailure(new GrpcStatus(StatusCode.DeadlineExceeded, description));
        return new RpcException(new GrpcStatus(StatusCode.DeadlineExceeded, "context deadline exceeded"));
    }

    /// <exception cref="RpcException">The deadline came first.</exception>
    public async Task PauseAsync(TimeSpan pause)
    {
        if (pause == TimeSpan.Zero)
            return;
        try
        {
            await Task.Delay(pause, _time, Token);
        }
        catch (OperationCanceledException) when (!_cancelledByCaller.IsCancellationRequested)
        {
            throw DeadlineExceeded();
        }
    }

    public void Dispose() => _deadline?.Dispose();
}
