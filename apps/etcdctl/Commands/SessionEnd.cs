using Etcd.Client;

namespace Etcdctl.Commands;

/// <summary>Waiting with a session in hand.</summary>
internal static class SessionEnd
{
    /// <summary>Waits until the user interrupts or the session is lost.</summary>
    /// <returns>True if it was lost.</returns>
    public static async Task<bool> WaitAsync(Session session, CancellationToken interrupted)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(session.Lost, interrupted);
        try
        {
            await Task.Delay(Timeout.Infinite, end.Token);
        }
        catch (OperationCanceledException)
        {
            // What ended the wait is asked below.
        }
        return !interrupted.IsCancellationRequested;
    }
}
