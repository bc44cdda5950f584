using System.Runtime.CompilerServices;

namespace Etcd.Raft;

/// <summary>Raft's side of <see cref="IRaftLogger"/>: a line nobody wants is never formatted.</summary>
internal sealed class RaftLines(IRaftLogger? logger)
{
    public void Write(RaftLogLevel level, [InterpolatedStringHandlerArgument("", nameof(level))] ref Line line)
    {
        if (IsEnabled(level))
            logger!.Write(level, line.ToString());
    }

    private bool IsEnabled(RaftLogLevel level) => logger is not null && logger.IsEnabled(level);

    [InterpolatedStringHandler]
    public ref struct Line
    {
        private DefaultInterpolatedStringHandler _inner;

        public Line(int literalLength, int formattedCount, RaftLines lines, RaftLogLevel level, out bool shouldAppend)
        {
            shouldAppend = lines.IsEnabled(level);
            _inner = shouldAppend ? new DefaultInterpolatedStringHandler(literalLength, formattedCount) : default;
        }

        public void AppendLiteral(string value) => _inner.AppendLiteral(value);

        public void AppendFormatted<T>(T value) => _inner.AppendFormatted(value);

        public void AppendFormatted<T>(T value, string? format) => _inner.AppendFormatted(value, format);

        public override string ToString() => _inner.ToStringAndClear();
    }
}
