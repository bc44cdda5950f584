namespace Etcd.Foundation.Logging;

/// <summary>Writes log lines in the shape of etcd's zap logs, so that what parses and greps those keeps working.</summary>
/// <remarks>Thread-safe. Not for hot paths: a line allocates.</remarks>
public sealed class Logger(ILogSink sink, LogLevel minimum, TimeProvider clock, string caller = "etcd")
{
    /// <summary>Drops every line.</summary>
    public static Logger None { get; } = new(new NullSink(), LogLevel.Fatal, TimeProvider.System);

    /// <summary>The same sink and level under another <c>caller</c> (the room and type that speaks).</summary>
    public Logger For(string otherCaller) => new(sink, minimum, clock, otherCaller);

    public bool IsEnabled(LogLevel level) => level >= minimum;

    public void Debug(string message, params ReadOnlySpan<LogField> fields) => Write(LogLevel.Debug, message, fields);

    public void Info(string message, params ReadOnlySpan<LogField> fields) => Write(LogLevel.Info, message, fields);

    public void Warn(string message, params ReadOnlySpan<LogField> fields) => Write(LogLevel.Warn, message, fields);

    public void Error(string message, params ReadOnlySpan<LogField> fields) => Write(LogLevel.Error, message, fields);

    /// <summary>Writes at level panic; unlike zap it does not throw: the caller decides how the member stops.</summary>
    public void Panic(string message, params ReadOnlySpan<LogField> fields) => Write(LogLevel.Panic, message, fields);

    /// <summary>Writes at level fatal; unlike zap it does not exit: Main turns the failure into an exit code.</summary>
    public void Fatal(string message, params ReadOnlySpan<LogField> fields) => Write(LogLevel.Fatal, message, fields);

    private void Write(LogLevel level, string message, ReadOnlySpan<LogField> fields)
    {
        if (level >= minimum)
            sink.Write(level, clock.GetUtcNow(), caller, message, fields);
    }

    private sealed class NullSink : ILogSink
    {
        public void Write(LogLevel level, DateTimeOffset time, string caller, string message, ReadOnlySpan<LogField> fields)
        {
        }
    }
}

/// <summary>Where log lines go and in which shape.</summary>
public interface ILogSink
{
    void Write(LogLevel level, DateTimeOffset time, string caller, string message, ReadOnlySpan<LogField> fields);
}
