namespace Etcd.Server.Workers;

/// <summary>Calls something at a fixed interval until disposed. Ticks that come late are not made up for.</summary>
internal sealed class Ticker : IDisposable
{
    private readonly ITimer _timer;

    public Ticker(TimeProvider clock, TimeSpan interval, Action tick) =>
        _timer = clock.CreateTimer(static state => ((Action)state!)(), tick, interval, interval);

    public void Dispose() => _timer.Dispose();
}
