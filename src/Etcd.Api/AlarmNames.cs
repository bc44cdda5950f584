using Etcd.Protocol.Rpc;

namespace Etcd.Api;

/// <summary>Alarm types as etcd prints them.</summary>
internal static class AlarmNames
{
    public static string Of(AlarmType type) => type switch
    {
        AlarmType.None => "NONE",
        AlarmType.Nospace => "NOSPACE",
        AlarmType.Corrupt => "CORRUPT",
        _ => "UNKNOWN",
    };
}
