using Etcd.Foundation;
using Etcd.Protocol.Rpc;
using Etcd.Store.Backend;
using Google.Protobuf;

namespace Etcd.Store.Alarms;

/// <summary>The alarms of the cluster, as bucket <c>alarm</c> keeps them: the key is the encoded AlarmMember, the value is
/// empty.</summary>
/// <remarks>Changed by the apply thread; read from any thread.</remarks>
public sealed class AlarmStore
{
    private readonly IBackend _backend;
    // By type, then member id. Replaced as a whole, never changed: alarms are few and rare.
    private volatile AlarmMember[] _active = [];
    // Asked for every write that is applied.
    private volatile bool _hasNoSpace;
    private volatile bool _hasCorrupt;

    /// <summary>Reads the alarms of the database.</summary>
    /// <exception cref="CorruptException">A record in the bucket is no alarm.</exception>
    public AlarmStore(IBackend backend)
    {
        _backend = backend;
        Replace(backend.Scan(Bucket.Alarm).Select(static pair => Decode(pair.Key)));
    }

    /// <summary>Some member is out of space: puts, transactions with puts and lease grants are refused.</summary>
    public bool HasNoSpace => _hasNoSpace;

    /// <summary>Members differ in content: every write is refused.</summary>
    public bool HasCorrupt => _hasCorrupt;

    /// <summary>Active alarms by type, then member id.</summary>
    /// <param name="type">Only this type; None for all.</param>
    public IReadOnlyList<AlarmMember> Get(AlarmType type)
    {
        AlarmMember[] active = _active;
        return type == AlarmType.None ? active : Array.FindAll(active, alarm => alarm.Alarm == type);
    }

    /// <summary>Raises an alarm; nothing changes if it is active already.</summary>
    public AlarmMember Activate(ulong memberId, AlarmType type)
    {
        if (Find(memberId, type) is { } active)
            return active;
        var alarm = new AlarmMember { MemberID = memberId, Alarm = type };
        Replace(_active.Append(alarm));
        _backend.Put(Bucket.Alarm, alarm.ToByteArray(), ReadOnlyMemory<byte>.Empty);
        return alarm;
    }

    /// <summary>Ends an alarm.</summary>
    /// <returns>The alarm that was active; null if none was.</returns>
    public AlarmMember? Deactivate(ulong memberId, AlarmType type)
    {
        if (Find(memberId, type) is not { } active)
            return null;
        Replace(_active.Where(alarm => !ReferenceEquals(alarm, active)));
        _backend.Delete(Bucket.Alarm, active.ToByteArray());
        return active;
    }

    private AlarmMember? Find(ulong memberId, AlarmType type) =>
        Array.Find(_active, alarm => alarm.MemberID == memberId && alarm.Alarm == type);

    private void Replace(IEnumerable<AlarmMember> alarms)
    {
        AlarmMember[] active = [.. alarms.OrderBy(static alarm => alarm.Alarm).ThenBy(static alarm => alarm.MemberID)];
        _active = active;
        _hasNoSpace = Array.Exists(active, static alarm => alarm.Alarm == AlarmType.Nospace);
        _hasCorrupt = Array.Exists(active, static alarm => alarm.Alarm == AlarmType.Corrupt);
    }

    private static AlarmMember Decode(ReadOnlyMemory<byte> key)
    {
        try
        {
            return AlarmMember.Parser.ParseFrom(key.Span);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new CorruptException("db", -1, $"bucket alarm holds a key that is no alarm: {e.Message}");
        }
    }
}
