using System.Text;
using Etcd.Protocol.Raft;

namespace Etcd.Raft.Tests.Scenarios;

/// <summary>Raft's values as etcd's scenarios print them.</summary>
internal static class RaftText
{
    public static string Describe(in Ready ready)
    {
        var text = new StringBuilder();
        if (ready.SoftState is { } softState)
            text.Append($"Lead:{softState.LeaderId} State:{RaftNames.Of(softState.Role)}\n");
        if (!ready.HardState.IsEmpty)
            text.Append($"HardState {Describe(ready.HardState)}\n");
        if (ready.ReadStates.Count > 0)
            text.Append($"ReadStates [{string.Join(' ', ready.ReadStates.Select(state => $"{{{state.Index} {Quote(state.Context)}}}"))}]\n");
        if (!ready.Entries.IsEmpty)
            text.Append($"Entries:\n{Describe(ready.Entries.Span)}");
        if (ready.Snapshot is not null)
            text.Append($"Snapshot {Describe(ready.Snapshot)}\n");
        if (!ready.CommittedEntries.IsEmpty)
            text.Append($"CommittedEntries:\n{Describe(ready.CommittedEntries.Span)}");
        if (ready.Messages.Count > 0)
            text.Append($"Messages:\n{string.Concat(ready.Messages.Select(message => Describe(message) + "\n"))}");
        return text.Length == 0 ? "<empty Ready>" : $"Ready MustSync={(ready.MustSync ? "true" : "false")}:\n{text}";
    }

    public static string Describe(Message message, string indent = "")
    {
        var text = new StringBuilder($"{indent}{Target(message.From)}->{Target(message.To)} {RaftNames.Of(message.Type)} Term:{message.Term} Log:{message.LogTerm}/{message.Index}");
        if (message.Reject)
            text.Append($" Rejected (Hint: {message.RejectHint})");
        if (message.Commit != 0)
            text.Append($" Commit:{message.Commit}");
        if (message.Vote != 0)
            text.Append($" Vote:{message.Vote}");
        if (message.Entries.Count == 1)
            text.Append($" Entries:[{Describe(message.Entries[0])}]");
        else if (message.Entries.Count > 1)
            text.Append($" Entries:[{string.Concat(message.Entries.Select(entry => $"\n{indent}  {Describe(entry)}"))}\n{indent}]");
        if (message.Snapshot is { IsEmpty: false })
            text.Append($"\n{indent}  Snapshot: {Describe(message.Snapshot)}");
        if (message.Responses.Count > 0)
            text.Append($" Responses:[{string.Concat(message.Responses.Select(response => "\n" + Describe(response, indent + "  ")))}\n{indent}]");
        return text.ToString();
    }

    public static string Describe(ReadOnlySpan<Entry> entries)
    {
        var text = new StringBuilder();
        foreach (Entry entry in entries)
            text.Append(Describe(entry)).Append('\n');
        return text.ToString();
    }

    public static string Describe(in Entry entry)
    {
        string data = entry.Type switch
        {
            EntryType.ConfChange => Describe(ConfChangeCodec.Read(entry.Data).AsV2()),
            EntryType.ConfChangeV2 => Describe(ConfChangeV2Codec.Read(entry.Data)),
            _ => Quote(entry.Data),
        };
        return $"{entry.Term}/{entry.Index} Entry{entry.Type}{(data.Length > 0 ? " " : "")}{data}";
    }

    private static string Describe(HardState state) => $"Term:{state.Term}{(state.Vote != 0 ? $" Vote:{state.Vote}" : "")} Commit:{state.Commit}";

    private static string Describe(Snapshot snapshot) =>
        $"Index:{snapshot.Metadata.Index} Term:{snapshot.Metadata.Term} ConfState:{RaftNames.Of(snapshot.Metadata.ConfState)}";

    private static string Describe(ConfChangeV2 change) => string.Join(' ', change.Changes.Select(single => $"{Letter(single.Type)}{single.NodeId}"));

    private static char Letter(ConfChangeType type) => type switch
    {
        ConfChangeType.AddNode => 'v',
        ConfChangeType.AddLearnerNode => 'l',
        ConfChangeType.RemoveNode => 'r',
        _ => 'u',
    };

    private static string Target(ulong id) => id switch
    {
        RaftIds.None => "None",
        RaftIds.AppendThread => "AppendThread",
        RaftIds.ApplyThread => "ApplyThread",
        _ => $"{id:x}",
    };

    private static string Quote(ReadOnlyMemory<byte> data) =>
        $"\"{Encoding.UTF8.GetString(data.Span).Replace("\\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
