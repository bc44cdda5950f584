using System.Globalization;

namespace Etcd.Pki.Text;

/// <summary>Log levels in cfssl's numbering, as the flag <c>-loglevel</c> takes them.</summary>
public enum PkiLogLevel
{
    Debug = 0,
    Info = 1,
    Warning = 2,
    Error = 3,
    Critical = 4,
    Fatal = 5,
}

/// <summary>The log lines of the toolkit: <c>2026/11/22 02:52:05 [INFO] received CSR</c>, local time, one writer.</summary>
/// <param name="output">Usually stderr; null is silent.</param>
/// <param name="level">The least level that is written.</param>
/// <param name="clock">Stamps the lines.</param>
/// <param name="isInteractive">A person is watching: long work shows that it goes on.</param>
/// <remarks>Thread-safe.</remarks>
public sealed class PkiLog(TextWriter? output, PkiLogLevel level, TimeProvider clock, bool isInteractive = false)
{
    private readonly Lock _lock = new();

    /// <summary>Writes nothing.</summary>
    public static PkiLog Silent { get; } = new(null, PkiLogLevel.Fatal, TimeProvider.System);

    public void Debug(string message) => Write(PkiLogLevel.Debug, "DEBUG", message);

    public void Info(string message) => Write(PkiLogLevel.Info, "INFO", message);

    public void Warning(string message) => Write(PkiLogLevel.Warning, "WARNING", message);

    public void Error(string message) => Write(PkiLogLevel.Error, "ERROR", message);

    public void Critical(string message) => Write(PkiLogLevel.Critical, "CRITICAL", message);

    /// <summary>Draws a moving bar while something of unknown length runs; nothing unless a person is watching.</summary>
    /// <param name="what">What runs.</param>
    /// <returns>Ends the drawing.</returns>
    public IDisposable ShowBusy(string what) =>
        isInteractive && output is not null ? new BusyBar(output, what, clock) : BusyBar.Invisible;

    private void Write(PkiLogLevel lineLevel, string name, string message)
    {
        if (output is null || lineLevel < level)
            return;
        string stamp = clock.GetLocalNow().ToString("yyyy/MM/dd HH:mm:ss", CultureInfo.InvariantCulture);
        lock (_lock)
        {
            output.Write($"{stamp} [{name}] {message}\n");
            output.Flush();
        }
    }
}
