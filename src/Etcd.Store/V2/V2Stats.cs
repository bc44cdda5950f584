using System.Buffers;
using Etcd.Foundation;

namespace Etcd.Store.V2;

/// <summary>What the v2 store counts, in the order of the JSON document.</summary>
public enum V2Counter
{
    GetsSuccess,
    GetsFail,
    SetsSuccess,
    SetsFail,
    DeleteSuccess,
    DeleteFail,
    UpdateSuccess,
    UpdateFail,
    CreateSuccess,
    CreateFail,
    CompareAndSwapSuccess,
    CompareAndSwapFail,
    CompareAndDeleteSuccess,
    CompareAndDeleteFail,
    ExpireCount,
    Watchers,
}

/// <summary>Counters of the v2 store (<c>/v2/stats/store</c>). Guarded by the store's lock.</summary>
internal sealed class V2Stats
{
    private static readonly string[] s_names = [.. Enum.GetNames<V2Counter>().Select(static name => char.ToLowerInvariant(name[0]) + name[1..])];

    private readonly ulong[] _counts = new ulong[s_names.Length];

    public ulong this[V2Counter counter]
    {
        get => _counts[(int)counter];
        set => _counts[(int)counter] = value;
    }

    /// <summary>Takes a counter over from a document; unknown names are ignored.</summary>
    public void Set(string name, ulong value)
    {
        int counter = Array.IndexOf(s_names, name);
        if (counter >= 0)
            _counts[counter] = value;
    }

    public void WriteJson(IBufferWriter<byte> output)
    {
        for (int i = 0; i < s_names.Length; i++)
        {
            GoJson.WriteAscii(output, i == 0 ? "{"u8 : ","u8);
            GoJson.WriteString(output, s_names[i]);
            GoJson.WriteAscii(output, ":"u8);
            GoJson.WriteNumber(output, _counts[i]);
        }
        GoJson.WriteAscii(output, "}"u8);
    }
}
