using System.Globalization;
using Etcd.Protocol.Rpc;
using Google.Protobuf;

namespace Etcd.Store.Tests.Mvcc.Scenarios;

/// <summary>A transaction in a scenario: <c>{compare, compare} {operation, operation} {operation}</c>, where an operation is
/// <c>put …</c>, <c>get …</c>, <c>delete …</c>, <c>empty</c> or <c>txn {…} {…} {…}</c>, and a compare is
/// <c>version(key)=1</c> with <c>create</c>, <c>mod</c>, <c>value</c>, <c>lease</c>; <c>=</c>, <c>&lt;</c>, <c>&gt;</c>, <c>!=</c>; and
/// <c>(key end)</c> for a range.</summary>
internal static class TxnText
{
    public static TxnRequest Parse(string text)
    {
        List<string> groups = Groups(text);
        var txn = new TxnRequest();
        txn.Compare.AddRange(Parts(groups[0]).Select(ParseCompare));
        txn.Success.AddRange(Parts(groups[1]).Select(ParseOperation));
        if (groups.Count > 2)
            txn.Failure.AddRange(Parts(groups[2]).Select(ParseOperation));
        return txn;
    }

    private static RequestOp ParseOperation(string text)
    {
        if (text.StartsWith("txn", StringComparison.Ordinal))
            return new RequestOp { RequestTxn = Parse(text["txn".Length..]) };
        var words = new ScenarioWords(text);
        return words.Name switch
        {
            "put" => new RequestOp { RequestPut = StoreScenario.PutOf(words) },
            "get" => new RequestOp { RequestRange = StoreScenario.RangeOf(words) },
            "delete" => new RequestOp { RequestDeleteRange = StoreScenario.DeleteOf(words) },
            "empty" => new RequestOp(),
            _ => throw new ArgumentException($"unknown operation {text}"),
        };
    }

    private static Compare ParseCompare(string text)
    {
        int open = text.IndexOf('(', StringComparison.Ordinal);
        int close = text.IndexOf(')', StringComparison.Ordinal);
        string[] range = text[(open + 1)..close].Split(' ');
        string rest = text[(close + 1)..];
        string relation = rest.StartsWith("!=", StringComparison.Ordinal) ? "!=" : rest[..1];
        string operand = rest[relation.Length..];
        var compare = new Compare
        {
            Key = ScenarioWords.Decode(range[0]),
            RangeEnd = range.Length > 1 ? ScenarioWords.Decode(range[1]) : ByteString.Empty,
            Result = relation switch
            {
                "=" => Compare.Types.CompareResult.Equal,
                ">" => Compare.Types.CompareResult.Greater,
                "<" => Compare.Types.CompareResult.Less,
                _ => Compare.Types.CompareResult.NotEqual,
            },
        };
        compare.Target = Enum.Parse<Compare.Types.CompareTarget>(text[..open], ignoreCase: true);
        if (compare.Target == Compare.Types.CompareTarget.Value)
        {
            compare.Value = ScenarioWords.Decode(operand);
            return compare;
        }
        long number = long.Parse(operand, CultureInfo.InvariantCulture);
        switch (compare.Target)
        {
            case Compare.Types.CompareTarget.Version: compare.Version = number; break;
            case Compare.Types.CompareTarget.Create: compare.CreateRevision = number; break;
            case Compare.Types.CompareTarget.Mod: compare.ModRevision = number; break;
            case Compare.Types.CompareTarget.Lease: compare.Lease = number; break;
        }
        return compare;
    }

    private static List<string> Groups(string text)
    {
        List<string> groups = [];
        int depth = 0;
        int start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '{' && depth++ == 0)
                start = i + 1;
            else if (text[i] == '}' && --depth == 0)
                groups.Add(text[start..i]);
        }
        return groups;
    }

    private static List<string> Parts(string text)
    {
        List<string> parts = [];
        int depth = 0;
        int start = 0;
        for (int i = 0; i <= text.Length; i++)
        {
            if (i == text.Length || (text[i] == ',' && depth == 0))
            {
                if (text[start..i].Trim().Length > 0)
                    parts.Add(text[start..i].Trim());
                start = i + 1;
            }
            else
            {
                depth += text[i] == '{' ? 1 : text[i] == '}' ? -1 : 0;
            }
        }
        return parts;
    }
}
