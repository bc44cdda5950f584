using Etcd.Protocol.Rpc;
using Etcd.Store.Alarms;
using Etcd.Store.Backend;
using Etcd.Store.Tests.Apply;

namespace Etcd.Store.Tests.Alarms;

public sealed class AlarmStoreTests
{
    private readonly MemoryBackend _backend = new();
    private readonly AlarmStore _alarms;

    public AlarmStoreTests() => _alarms = new AlarmStore(_backend);

    [Fact]
    public void Activate_Twice_OneAlarm_GoBytes()
    {
        AlarmMember first = _alarms.Activate(12345, AlarmType.Nospace);
        Assert.Same(first, _alarms.Activate(12345, AlarmType.Nospace));
        Assert.True(_alarms.HasNoSpace);
        Assert.False(_alarms.HasCorrupt);
        Assert.Equal(["08b9601001="], _backend.Dump(Bucket.Alarm));
    }

    [Fact]
    public void Get_Filter_ByTypeThenMember()
    {
        _alarms.Activate(2, AlarmType.Corrupt);
        _alarms.Activate(3, AlarmType.Nospace);
        _alarms.Activate(1, AlarmType.Nospace);
        Assert.Equal([(1ul, AlarmType.Nospace), (3, AlarmType.Nospace), (2, AlarmType.Corrupt)], _alarms.Get(AlarmType.None).Select(static alarm => (alarm.MemberID, alarm.Alarm)));
        Assert.Equal([2ul], _alarms.Get(AlarmType.Corrupt).Select(static alarm => alarm.MemberID));
    }

    [Fact]
    public void Deactivate_OneOfTwo_OtherStays()
    {
        _alarms.Activate(1, AlarmType.Nospace);
        _alarms.Activate(2, AlarmType.Nospace);
        Assert.Equal(1ul, _alarms.Deactivate(1, AlarmType.Nospace)!.MemberID);
        Assert.Null(_alarms.Deactivate(1, AlarmType.Nospace));
        Assert.Null(_alarms.Deactivate(2, AlarmType.Corrupt));
        Assert.True(_alarms.HasNoSpace);
        Assert.NotNull(_alarms.Deactivate(2, AlarmType.Nospace));
        Assert.False(_alarms.HasNoSpace);
        Assert.Empty(_backend.Dump(Bucket.Alarm));
    }

    [Fact]
    public void New_FromDatabase_SameAlarms()
    {
        _alarms.Activate(7, AlarmType.Corrupt);
        var again = new AlarmStore(_backend);
        Assert.True(again.HasCorrupt);
        Assert.Equal(_alarms.Get(AlarmType.None), again.Get(AlarmType.None));
    }

    [Fact]
    public void New_DamagedKey_IsCorrupt()
    {
        _backend.Put(Bucket.Alarm, new byte[] { 0x0a, 0x05 }, ReadOnlyMemory<byte>.Empty);
        Assert.Throws<Foundation.CorruptException>(() => new AlarmStore(_backend));
    }
}
