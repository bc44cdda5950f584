namespace Etcd.Client.Connections;

/// <summary>Chooses a member for each call: in turn, leaving out those that could not be reached just now.</summary>
internal sealed class EndpointPool : IDisposable
{
    private readonly EtcdClientOptions _options;
    private readonly TimeProvider _time;
    private Endpoint[] _endpoints;
    private uint _turn;

    public EndpointPool(EtcdClientOptions options, TimeProvider time)
    {
        if (options.Endpoints.Count == 0)
            throw new FormatException("etcdclient: no available endpoints");
        _options = options;
        _time = time;
        _endpoints = [.. options.Endpoints.Select(text => new Endpoint(text, options, time))];
    }

    public int Count => _endpoints.Length;

    public IReadOnlyList<string> Texts => Array.ConvertAll(_endpoints, endpoint => endpoint.Text);

    /// <summary>Waits until some member may be tried and returns it.</summary>
    public async ValueTask<Endpoint> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Endpoint[] endpoints = Volatile.Read(ref _endpoints);
            TimeSpan shortest = TimeSpan.MaxValue;
            for (int tried = 0; tried < endpoints.Length; tried++)
            {
                Endpoint candidate = endpoints[(Interlocked.Increment(ref _turn) - 1) % (uint)endpoints.Length];
                TimeSpan pause = candidate.RemainingPause();
                if (pause == TimeSpan.Zero)
                    return candidate;
                if (pause < shortest)
                    shortest = pause;
            }
            await Task.Delay(shortest, _time, cancellationToken);
        }
    }

    /// <summary>Replaces the members; calls under way on members that stay are not disturbed.</summary>
    public void Replace(IReadOnlyList<string> texts)
    {
        Endpoint[] old = _endpoints;
        Endpoint[] replaced = [.. texts.Distinct().Select(text => Array.Find(old, endpoint => endpoint.Text == text) ?? new Endpoint(text, _options, _time))];
        Volatile.Write(ref _endpoints, replaced);
        foreach (Endpoint gone in old.Except(replaced))
            gone.Dispose();
    }

    public void Dispose()
    {
        foreach (Endpoint endpoint in _endpoints)
            endpoint.Dispose();
    }
}
