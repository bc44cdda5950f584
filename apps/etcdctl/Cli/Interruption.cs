namespace Etcdctl.Cli;

/// <summary>Ctrl-C or a polite kill: ends a command that has something to clean up, and kills the program otherwise.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _source = new();

    /// <summary>The running command waits on <see cref="Token"/> and ends by itself.</summary>
    public bool IsHandled { get; set; }

    public CancellationToken Token => _source.Token;

    /// <summary>Tells the command.</summary>
    /// <returns>False: nobody listens, let the signal do what it does.</returns>
    public bool Raise()
    {
        if (!IsHandled)
            return false;
        _source.Cancel();
        return true;
    }

    public void Dispose() => _source.Dispose();
}
