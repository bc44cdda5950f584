using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using Etcd.Protocol.Errors;

namespace Etcd.Grpc.Server;

/// <summary>All methods that a server answers, by path. Immutable.</summary>
public sealed class GrpcMethodTable
{
    private readonly FrozenDictionary<string, GrpcMethod> _byPath;
    private readonly FrozenSet<string> _services;

    /// <exception cref="ArgumentException">Two methods have the same path.</exception>
    public GrpcMethodTable(IEnumerable<GrpcMethod> methods)
    {
        Methods = [.. methods];
        _byPath = Methods.ToDictionary(method => method.Path, StringComparer.Ordinal).ToFrozenDictionary(StringComparer.Ordinal);
        _services = Methods.Select(method => method.Service).ToFrozenSet(StringComparer.Ordinal);
    }

    public IReadOnlyList<GrpcMethod> Methods { get; }

    public bool TryFind(string path, [MaybeNullWhen(false)] out GrpcMethod method) => _byPath.TryGetValue(path, out method);

    /// <summary>How a call of an unknown path ends, in the words that clients look for to fall back to an older method.</summary>
    public GrpcStatus Refuse(string path)
    {
        int slash = path.LastIndexOf('/');
        if (slash < 1)
            return new GrpcStatus(StatusCode.Unimplemented, $"malformed method name: \"{path}\"");
        string service = path[1..slash];
        return new GrpcStatus(StatusCode.Unimplemented, _services.Contains(service)
            ? $"unknown method {path[(slash + 1)..]} for service {service}"
            : $"unknown service {service}");
    }
}
