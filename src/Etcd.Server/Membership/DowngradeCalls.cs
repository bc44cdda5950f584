using Etcd.Protocol.Errors;
using Etcd.Protocol.Membership;
using Etcd.Server.Proposals;
using Etcd.Store.Membership;
using Action = Etcd.Protocol.Rpc.DowngradeRequest.Types.DowngradeAction;

namespace Etcd.Server.Membership;

/// <summary>Maintenance.Downgrade (spec api §7.2): allows members of one minor version less to join.</summary>
internal sealed class DowngradeCalls(Cluster cluster, Proposer proposer)
{
    /// <returns>The version as Downgrade answers it: major.minor.</returns>
    public async ValueTask<string> RunAsync(Action action, string version, CancellationToken cancellationToken)
    {
        if (action is not (Action.Validate or Action.Enable or Action.Cancel))
            throw new EtcdException(EtcdError.UnknownMethod);
        if (cluster.Current.Version is not { } current)
            throw new EtcdException(EtcdError.ClusterVersionNotFoundDuringDowngrade);
        if (action != Action.Cancel)
            Validate(current, version);
        if (action == Action.Enable)
            await SetAsync(new DowngradeInfoSetRequest { Enabled = true, Ver = Normal(version) }, cancellationToken);
        else if (action == Action.Cancel)
            await SetAsync(new DowngradeInfoSetRequest { Enabled = false }, cancellationToken);
        return $"{current.Major}.{current.Minor}";
    }

    private void Validate(ClusterVersion current, string version)
    {
        string[] parts = version.Split('.');
        if (parts.Length is < 2 or > 3 || !parts.All(static p => int.TryParse(p, out int n) && n >= 0))
            throw new EtcdException(EtcdError.WrongDowngradeVersionFormat);
        if (int.Parse(parts[0]) != current.Major || int.Parse(parts[1]) != current.Minor - 1)
            throw new EtcdException(EtcdError.InvalidDowngradeTargetVersion);
        if (cluster.Current.Downgrade.Enabled)
            throw new EtcdException(EtcdError.DowngradeInProcess);
    }

    private static string Normal(string version) => string.Join('.', version.Split('.').Take(2)) + ".0";

    private async ValueTask SetAsync(DowngradeInfoSetRequest request, CancellationToken cancellationToken)
    {
        if ((await proposer.ProposeAsync(RequestKind.DowngradeInfoSet, request, cancellationToken)).Error is { } error)
            throw new EtcdException(error);
    }
}
