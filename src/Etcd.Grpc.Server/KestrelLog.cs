using Etcd.Foundation.Logging;
using Microsoft.Extensions.Logging;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace Etcd.Grpc.Server;

/// <summary>Brings Kestrel's own complaints, warnings and worse, into our log.</summary>
internal sealed class KestrelLog(Logger logger) : ILoggerFactory, Microsoft.Extensions.Logging.ILogger
{
    // Kestrel believes that HTTP/2 cannot be served on a clear-text port; with ConnectionMux it can.
    private const string Http2NeedsTls = "Http2DisabledWithHttp1AndNoTls";

    public Microsoft.Extensions.Logging.ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("Kestrel's log has one destination");

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel) || eventId.Name == Http2NeedsTls)
            return;
        string message = formatter(state, exception);
        if (logLevel == LogLevel.Warning)
            logger.Warn(message, ("error", exception?.ToString()));
        else
            logger.Error(message, ("error", exception?.ToString()));
    }

    public void Dispose()
    {
    }
}
