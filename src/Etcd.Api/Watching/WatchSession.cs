using Etcd.Api.Services;
using Etcd.Grpc;
using Etcd.Grpc.Server;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Rpc;
using Etcd.Server;
using Etcd.Store.Auth;
using Etcd.Store.Watch;

namespace Etcd.Api.Watching;

/// <summary>One Watch call: reads what the client asks for, and writes what the store queues for it.</summary>
/// <remarks>Two loops, one per direction. The reader only touches the store's stream, the writer alone writes responses.</remarks>
internal sealed class WatchSession : IAsyncDisposable
{
    /// <summary>Responses are collected up to this size before they are sent.</summary>
    private const int FlushBytes = 64 * 1024;

    /// <summary>etcd spreads the progress ticks of its streams by up to a tenth.</summary>
    private const double ProgressJitter = 0.1;

    /// <summary>Answers to a client's requests are never dropped, so with this many unsent no further request is read.</summary>
    private const int MaxQueuedPieces = 10_000;

    private static readonly byte[] s_zeroKey = [0];

    private readonly IMember _member;
    private readonly Callers _callers;
    private readonly ResponseHeaders _headers;
    private readonly ServerCall _call;
    private readonly TimeSpan _progressInterval;
    private readonly TimeProvider _clock;
    private readonly WakeSignal _wake = new();
    private readonly WakeSignal _drained = new();
    private readonly WatchStream _stream;
    private ITimer? _progressTimer;
    private Exception? _readFailure;
    private Task _reading = Task.CompletedTask;

    public WatchSession(
        IMember member, Callers callers, ResponseHeaders headers, ServerCall call, TimeSpan progressInterval, TimeProvider clock)
    {
        _member = member;
        _callers = callers;
        _headers = headers;
        _call = call;
        _progressInterval = progressInterval;
        _clock = clock;
        _stream = member.Kv.Watches.OpenStream(_wake.Set);
    }

    /// <summary>Serves the call until the client leaves or it is ended from outside.</summary>
    /// <exception cref="OperationCanceledException">The call is over.</exception>
    public async ValueTask RunAsync()
    {
        await using CancellationTokenRegistration ending = _call.CancellationToken.UnsafeRegister(static session => ((WatchSession)session!).WakeBoth(), this);
        _reading = ReadAsync();
        while (true)
        {
            await SendQueuedAsync();
            await _wake.WaitAsync();
            _call.CancellationToken.ThrowIfCancellationRequested();
            if (_readFailure is { } failure)
                throw failure;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // The reader may be waiting for the client; the call must outlive it.
        if (!_reading.IsCompleted)
            _call.Abort(CallStatus.Canceled);
        await _reading;
        if (_progressTimer is not null)
            await _progressTimer.DisposeAsync();
        _stream.Dispose();
    }

    private async ValueTask SendQueuedAsync()
    {
        long unsentBytes = 0;
        bool wrote = false;
        while (_stream.TryRead(out WatchPiece piece))
        {
            unsentBytes += WatchResponseWriter.Write(_call, _headers, piece);
            wrote = true;
            if (unsentBytes < FlushBytes)
                continue;
            await _call.FlushAsync();
            unsentBytes = 0;
        }
        if (wrote)
            await _call.FlushAsync();
        _drained.Set();
    }

    private async Task ReadAsync()
    {
        try
        {
            // Compat: a client that has said its last word keeps its watches; only leaving ends them.
            while (await _call.ReadAsync())
            {
                await HandleAsync(_call.Parse(WatchRequest.Parser));
                while (_stream.QueuedPieces > MaxQueuedPieces)
                {
                    await _drained.WaitAsync();
                    _call.CancellationToken.ThrowIfCancellationRequested();
                }
            }
        }
        catch (Exception failure)
        {
            // Thrown again by the writer, which is what ends the call.
            _readFailure = failure;
            _wake.Set();
        }
    }

    private void WakeBoth()
    {
        _wake.Set();
        _drained.Set();
    }

    private async ValueTask HandleAsync(WatchRequest request)
    {
        switch (request.RequestUnionCase)
        {
            case WatchRequest.RequestUnionOneofCase.CreateRequest:
                await CreateAsync(request.CreateRequest);
                break;
            case WatchRequest.RequestUnionOneofCase.CancelRequest:
                _stream.Cancel(request.CancelRequest.WatchId);
                break;
            case WatchRequest.RequestUnionOneofCase.ProgressRequest:
                _stream.RequestProgress();
                break;
        }
    }

    private async ValueTask CreateAsync(WatchCreateRequest request)
    {
        ReadOnlyMemory<byte> key = request.Key.IsEmpty ? s_zeroKey : request.Key.Memory;
        if (await CheckPermissionAsync(key, request.RangeEnd.Memory) is { } refusal)
        {
            // Compat: the reason is a whole Go error line.
            _stream.Refuse(GrpcStatus.FromEtcdError(refusal).ToString());
            return;
        }
        if (request.StartRevision < 0)
        {
            _stream.Refuse(EtcdError.Compacted.Message);
            return;
        }
        if (request.ProgressNotify)
            StartProgressTimer();
        _stream.Create(new WatchCreate(key, request.RangeEnd.Memory, request.StartRevision, request.WatchId, FlagsOf(request)));
    }

    // On the range as the client gave it: an end of \0 is a range of its own, not a single key.
    private async ValueTask<EtcdError?> CheckPermissionAsync(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> rangeEnd)
    {
        AuthView view = _member.Auth.Current;
        if (!view.Enabled)
            return null;
        try
        {
            Identity identity = await _callers.ResolveAsync(_call);
            return view.CheckRead(identity, key.Span, rangeEnd.Span);
        }
        catch (EtcdException refusal)
        {
            return refusal.Error;
        }
    }

    private void StartProgressTimer()
    {
        if (_progressTimer is not null)
            return;
        TimeSpan interval = _progressInterval * (1 + (Random.Shared.NextDouble() * ProgressJitter));
        _progressTimer = _clock.CreateTimer(static stream => ((WatchStream)stream!).NotifyProgress(), _stream, interval, interval);
    }

    private static WatchFlags FlagsOf(WatchCreateRequest request)
    {
        WatchFlags flags = WatchFlags.None;
        if (request.ProgressNotify)
            flags |= WatchFlags.ProgressNotify;
        if (request.PrevKv)
            flags |= WatchFlags.PreviousKeyValue;
        if (request.Fragment)
            flags |= WatchFlags.Fragment;
        if (request.Filters.Contains(WatchCreateRequest.Types.FilterType.Noput))
            flags |= WatchFlags.NoPut;
        if (request.Filters.Contains(WatchCreateRequest.Types.FilterType.Nodelete))
            flags |= WatchFlags.NoDelete;
        return flags;
    }
}
