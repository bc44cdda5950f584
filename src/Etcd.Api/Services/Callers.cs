using Etcd.Grpc.Server;
using Etcd.Protocol.Errors;
using Etcd.Server;
using Etcd.Store.Auth;

namespace Etcd.Api.Services;

/// <summary>Finds out who makes a call (spec api §6.1): the token in its metadata, else the CN of its client certificate.</summary>
public sealed class Callers(IMember member)
{
    private const string TokenHeader = "token", AuthorizationHeader = "authorization", GatewayHeader = "grpcgateway-accept";
    private const string Bearer = "Bearer ";

    /// <summary>Completes at once while authentication is off.</summary>
    /// <exception cref="EtcdException">The token is invalid.</exception>
    public ValueTask<Identity> ResolveAsync(ServerCall call) =>
        member.Auth.Current.Enabled ? LookUpAsync(call) : new ValueTask<Identity>(Identity.None);

    /// <summary>Refuses callers without credentials; any user will do.</summary>
    public async ValueTask RequireUserAsync(ServerCall call)
    {
        Identity identity = await ResolveAsync(call);
        if (member.Auth.Current.Enabled && identity.UserName.Length == 0)
            throw new EtcdException(EtcdError.UserEmpty);
    }

    /// <summary>Refuses callers that do not have the root role.</summary>
    public async ValueTask RequireAdminAsync(ServerCall call)
    {
        Identity identity = await ResolveAsync(call);
        if (member.Auth.Current.CheckAdmin(identity) is { } refusal)
            throw new EtcdException(refusal);
    }

    private async ValueTask<Identity> LookUpAsync(ServerCall call)
    {
        string? token = call.GetHeader(TokenHeader) ?? call.GetHeader(AuthorizationHeader);
        if (string.IsNullOrEmpty(token))
            return FromCertificate(call);
        if (token.StartsWith(Bearer, StringComparison.Ordinal))
            token = token[Bearer.Length..];
        return await member.Tokens.FindAsync(token, call.CancellationToken) ?? throw new EtcdException(EtcdError.InvalidAuthToken);
    }

    private Identity FromCertificate(ServerCall call)
    {
        // Compat: the gateway calls with the server's own certificate, which must not name a user (peer.md 14.6).
        if (call.Connection.ClientCertificate is not { } certificate || call.GetHeader(GatewayHeader) is not null)
            return Identity.None;
        string name = certificate.GetNameInfo(System.Security.Cryptography.X509Certificates.X509NameType.SimpleName, forIssuer: false);
        return name.Length > 0 ? new Identity(name, member.Auth.Current.Revision) : Identity.None;
    }
}
