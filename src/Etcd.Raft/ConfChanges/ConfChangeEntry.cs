using System.Diagnostics.CodeAnalysis;
using Etcd.Protocol.Raft;
using Etcd.Protocol.Wire;

namespace Etcd.Raft;

/// <summary>Configuration changes as log entries.</summary>
internal static class ConfChangeEntry
{
    /// <summary>Ends a joint configuration: no data reads as an empty <see cref="ConfChangeV2"/>.</summary>
    public static Entry LeaveJoint { get; } = new(0, 0, EntryType.ConfChangeV2, default);

    public static Entry Of(ConfChange change, WireDialect dialect) => new(0, 0, EntryType.ConfChange, ConfChangeCodec.Encode(change, dialect));

    public static Entry Of(ConfChangeV2 change, WireDialect dialect) => new(0, 0, EntryType.ConfChangeV2, ConfChangeV2Codec.Encode(change, dialect));

    /// <summary>Reads a change of either version.</summary>
    /// <param name="text">The change as etcd prints it in logs.</param>
    /// <returns>False if the data, which may come from another member, is no such change.</returns>
    public static bool TryRead(in Entry entry, [NotNullWhen(true)] out ConfChangeV2? change, out string text)
    {
        (change, text) = (null, "");
        try
        {
            if (entry.Type == EntryType.ConfChange)
            {
                ConfChange single = ConfChangeCodec.Read(entry.Data);
                (change, text) = (single.AsV2(), $"{{ConfChange{single.Type} {single.NodeId} {Bytes(single.Context)} {single.Id}}}");
            }
            else
            {
                change = ConfChangeV2Codec.Read(entry.Data);
                string changes = string.Join(' ', change.Changes.Select(part => $"{{ConfChange{part.Type} {part.NodeId}}}"));
                text = $"{{ConfChangeTransition{change.Transition} [{changes}] {Bytes(change.Context)}}}";
            }
            return true;
        }
        catch (WireFormatException)
        {
            return false;
        }
    }

    private static string Bytes(ReadOnlyMemory<byte> bytes) => $"[{string.Join(' ', bytes.ToArray())}]";
}
