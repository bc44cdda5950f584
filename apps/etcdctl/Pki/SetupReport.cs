using Etcd.Pki.Cluster;
using Etcd.Pki.Text;
using Etcdctl.Cli;

namespace Etcdctl.Pki;

/// <summary>Prints what was done to which file, and what to do next.</summary>
internal static class SetupReport
{
    public static void Print(Invocation invocation, IReadOnlyList<SetupAction> actions, IReadOnlyList<string> next)
    {
        if (PkiCommands.WritesJson(invocation))
        {
            invocation.Terminal.Out.Write(ToJson(actions, next));
            return;
        }
        foreach (SetupAction action in actions)
        {
            string reason = action.Reason.Length > 0 ? $" ({action.Reason})" : "";
            invocation.Terminal.Out.WriteLine($"{Word(action.Outcome),-9}{action.Path}{reason}");
        }
        if (next.Count == 0)
            return;
        invocation.Terminal.Out.Write("\nNext:\n");
        foreach (string line in next)
            invocation.Terminal.Out.WriteLine("  " + line);
    }

    private static string ToJson(IReadOnlyList<SetupAction> actions, IReadOnlyList<string> next)
    {
        GoJsonWriter json = new GoJsonWriter().BeginObject().Name("actions").BeginArray();
        foreach (SetupAction action in actions)
            json.BeginObject().Member("path", action.Path).Member("outcome", Word(action.Outcome)).MemberIfAny("reason", action.Reason).EndObject();
        return json.EndArray().Name("next").Strings(next).EndObject() + "\n";
    }

    private static string Word(SetupOutcome outcome) => outcome switch
    {
        SetupOutcome.Created => "created",
        SetupOutcome.Renewed => "renewed",
        SetupOutcome.Replaced => "replaced",
        _ => "kept",
    };
}
