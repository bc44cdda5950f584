using System.Text.Json.Serialization;

namespace Etcd.Pki.Tests.Text;

/// <summary>The framework's own JSON reader, as the second opinion.</summary>
[JsonSerializable(typeof(string))]
internal sealed partial class JsonContext : JsonSerializerContext;
