using Etcd.Protocol.Rpc;
using Etcd.Store.Backend;

namespace Etcd.Store.Alarms;

/// <summary>The alarms of the cluster, as bucket <c>alarm</c> keeps them.</summary>
/// <remarks>Changed by the apply thread; read from any thread.</remarks>
public sealed class AlarmStore
{
    public AlarmStore(IBackend backend) => throw new NotSupportedException();

    public bool HasNoSpace => throw new NotSupportedException();

    public bool HasCorrupt => throw new NotSupportedException();

    /// <summary>Active alarms by type, then member id.</summary>
    /// <param name="type">Only this type; None for all.</param>
    public IReadOnlyList<AlarmMember> Get(AlarmType type) => throw new NotSupportedException();

    public AlarmMember Activate(ulong memberId, AlarmType type) => throw new NotSupportedException();

    public AlarmMember? Deactivate(ulong memberId, AlarmType type) => throw new NotSupportedException();
}
