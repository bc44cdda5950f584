using Etcd.Pki.Text;

namespace Etcd.Pki.Checking;

public enum FindingLevel
{
    /// <summary>Looked at and fine.</summary>
    Fine,

    /// <summary>Works today, or works for most.</summary>
    Warning,

    /// <summary>Will fail.</summary>
    Error,
}

/// <summary>One thing that a check has to say.</summary>
/// <param name="Subject">The file or the endpoint.</param>
/// <param name="Text">What is so, and what it leads to, in plain words.</param>
/// <param name="Cure">The command or step that mends it; empty if there is nothing to mend.</param>
public sealed record Finding(FindingLevel Level, string Subject, string Text, string Cure = "")
{
    private string LevelName => Level switch
    {
        FindingLevel.Error => "error",
        FindingLevel.Warning => "warning",
        _ => "ok",
    };

    /// <summary>All findings as one JSON object, <c>{"ok":false,"findings":[…]}</c>.</summary>
    public static string ToJson(IReadOnlyList<Finding> findings)
    {
        GoJsonWriter json = new GoJsonWriter().BeginObject()
            .Name("ok").Boolean(!findings.Any(static finding => finding.Level == FindingLevel.Error))
            .Name("findings").BeginArray();
        foreach (Finding finding in findings)
        {
            json.BeginObject()
                .Member("level", finding.LevelName)
                .Member("subject", finding.Subject)
                .Member("text", finding.Text)
                .MemberIfAny("cure", finding.Cure)
                .EndObject();
        }
        return json.EndArray().EndObject() + "\n";
    }

    /// <summary>For people: one line, and a second one with the cure.</summary>
    public override string ToString() =>
        $"{LevelName,-8}{Subject}: {Text}\n" + (Cure.Length > 0 ? $"        mend: {Cure}\n" : "");
}
