using Etcd.Protocol.Raft;

namespace Etcd.Raft;

/// <summary>The names and shapes that etcd's log lines use.</summary>
internal static class RaftNames
{
    public static string Of(MessageType type) => "Msg" + type.ToString();

    public static string Of(RaftRole role) => "State" + role.ToString();

    public static string Of(ProgressState state) => "State" + state.ToString();

    public static string Of(ConfState state) =>
        $"Voters:{List(state.Voters)} VotersOutgoing:{List(state.VotersOutgoing)} Learners:{List(state.Learners)} LearnersNext:{List(state.LearnersNext)} AutoLeave:{(state.AutoLeave ? "true" : "false")}";

    private static string List(IReadOnlyList<ulong> ids) => $"[{string.Join(' ', ids)}]";
}
