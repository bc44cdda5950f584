using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Etcd.Foundation;

/// <summary>Checks that stay on in production. A broken one means that going on could lose data.</summary>
public static class Invariant
{
    /// <summary>Throws <see cref="InvariantException"/> if <paramref name="holds"/> is false.</summary>
    /// <param name="holds">What must be true.</param>
    /// <param name="message">Formatted only when the check fails, so a passing check costs one branch.</param>
    public static void Holds([DoesNotReturnIf(false)] bool holds, [InterpolatedStringHandlerArgument(nameof(holds))] ref MessageHandler message)
    {
        if (!holds)
            throw new InvariantException(message.ToString());
    }

    /// <inheritdoc cref="Holds(bool, ref MessageHandler)"/>
    public static void Holds([DoesNotReturnIf(false)] bool holds, string message)
    {
        if (!holds)
            throw new InvariantException(message);
    }

    /// <summary>Builds the message of a failed check; the compiler skips it when the check holds.</summary>
    [InterpolatedStringHandler]
    public ref struct MessageHandler
    {
        private DefaultInterpolatedStringHandler _inner;

        public MessageHandler(int literalLength, int formattedCount, bool holds, out bool shouldAppend)
        {
            shouldAppend = !holds;
            _inner = holds ? default : new DefaultInterpolatedStringHandler(literalLength, formattedCount);
        }

        public void AppendLiteral(string value) => _inner.AppendLiteral(value);

        public void AppendFormatted<T>(T value) => _inner.AppendFormatted(value);

        public void AppendFormatted<T>(T value, string? format) => _inner.AppendFormatted(value, format);

        public override string ToString() => _inner.ToStringAndClear();
    }
}

/// <summary>A promise inside this process broke: the member must stop, see design.md "a promise is kept or the member stops".</summary>
public sealed class InvariantException(string message) : Exception(message);

/// <summary>Bytes read from disk are not what they claim to be.</summary>
/// <param name="file">Path of the damaged file.</param>
/// <param name="offset">Byte offset of the damage in that file, or -1 if the whole file is meant.</param>
/// <param name="message">What was expected and what was found; begins with etcd's own text where etcd has one.</param>
public sealed class CorruptException(string file, long offset, string message)
    : IOException(offset < 0 ? $"{message} (file {file})" : $"{message} (file {file}, offset {offset})")
{
    public string File { get; } = file;

    public long Offset { get; } = offset;

    /// <summary>The message without the file and offset, i.e. the text that etcd prints.</summary>
    public string Reason { get; } = message;
}
