using Etcd.Protocol.Errors;
using Etcd.Server;
using Etcd.Store.Backend;

namespace Etcd.Api.Services;

/// <summary>Turns writes away early when the database is full: by alarm, by quota, or because the disk has no room
/// (spec peer §11.3).</summary>
public sealed class SpaceGuard(IMember member)
{
    /// <param name="costBytes">From <see cref="Store.Apply.RequestCost"/>; 0 for a request that always may.</param>
    public EtcdError? Check(long costBytes)
    {
        if (costBytes == 0)
            return null;
        if (member.Alarms.HasNoSpace || member.Backend.Health == BackendHealth.OutOfSpace)
            return EtcdError.NoSpace;
        if (member.Quota.HasRoomFor(costBytes))
            return null;
        member.RaiseNoSpace();
        return EtcdError.NoSpace;
    }
}
