using System.Globalization;

namespace Etcd.Foundation.Logging;

/// <summary>One named value of a log line. Names are etcd's (<c>member-id</c>, <c>error</c>, …), kebab case.</summary>
/// <param name="Name">The JSON key.</param>
/// <param name="Value">A string, bool, integer, double, list of strings, <see cref="TimeSpan"/> (printed as Go prints a duration) or null.</param>
public readonly record struct LogField(string Name, object? Value)
{
    public static implicit operator LogField((string Name, object? Value) field) => new(field.Name, field.Value);

    /// <summary>An id as etcd prints ids: lower-case hex without padding.</summary>
    public static LogField Hex(string name, ulong id) => new(name, id.ToString("x", CultureInfo.InvariantCulture));

    /// <summary>The message of an exception under the key <c>error</c>.</summary>
    public static LogField Error(Exception exception) => new("error", exception.Message);
}
