using Etcd.Pki.Errors;
using Etcd.Pki.Profiles;
using Etcd.Pki.Remote;
using Etcd.Pki.Text;

namespace Etcd.Pki.Signing;

/// <summary>Signs where the profile says: at another server, or here.</summary>
/// <param name="policy">Profiles, some of them with a remote server.</param>
/// <param name="local">Serves the other profiles; null if there are none.</param>
/// <param name="tls">For https servers.</param>
/// <param name="log">Gets failures.</param>
public sealed class RemoteSigner(SigningPolicy policy, ISigner? local, RemoteTls tls, PkiLog log) : ISigner
{
    public SigningPolicy Policy => policy;

    public async Task<string> SignAsync(SignRequest request, CancellationToken cancellation)
    {
        SigningProfile profile = policy.Select(request.Profile);
        if (profile.RemoteServer is null)
            return await Local().SignAsync(request, cancellation);
        using var client = new CfsslClient(profile.RemoteServer, tls, log);
        return await client.SignAsync(request, profile.RemoteAuthKey, cancellation);
    }

    public async Task<SignerInfo> DescribeAsync(string label, string profile, CancellationToken cancellation)
    {
        if (policy.Select(profile).RemoteServer is not { } server)
            return await Local().DescribeAsync(label, profile, cancellation);
        using var client = new CfsslClient(server, tls, log);
        return await client.DescribeAsync(label, profile, cancellation);
    }

    private ISigner Local() => local ?? throw new PkiException(PkiErrorCategory.PrivateKey, PkiReason.Unknown)
        .WithCure("this profile signs here, so the CA is needed: -ca and -ca-key");
}
