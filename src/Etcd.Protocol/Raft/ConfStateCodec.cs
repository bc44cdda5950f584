using Etcd.Protocol.Wire;

namespace Etcd.Protocol.Raft;

/// <summary>raftpb.ConfState: 1 voters*, 2 learners*, 3 voters_outgoing*, 4 learners_next*, 5 auto_leave.</summary>
/// <remarks>Lists are written one tag per id and read in both forms. auto_leave is always written, in every dialect: etcd 3.7
/// sets it explicitly.</remarks>
public static class ConfStateCodec
{
    private const int VotersField = 1, LearnersField = 2, VotersOutgoingField = 3, LearnersNextField = 4, AutoLeaveField = 5;

    public static int Size(ConfState state) =>
        ListSize(VotersField, state.Voters)
        + ListSize(LearnersField, state.Learners)
        + ListSize(VotersOutgoingField, state.VotersOutgoing)
        + ListSize(LearnersNextField, state.LearnersNext)
        + WireWriter.VarintFieldSize(AutoLeaveField, state.AutoLeave ? 1UL : 0UL);

    public static void Write(ConfState state, ref WireWriter writer)
    {
        WriteList(VotersField, state.Voters, ref writer);
        WriteList(LearnersField, state.Learners, ref writer);
        WriteList(VotersOutgoingField, state.VotersOutgoing, ref writer);
        WriteList(LearnersNextField, state.LearnersNext, ref writer);
        writer.WriteField(AutoLeaveField, state.AutoLeave ? 1UL : 0UL);
    }

    /// <exception cref="WireFormatException">The bytes are not a configuration.</exception>
    public static ConfState Read(ReadOnlySpan<byte> bytes)
    {
        List<ulong> voters = [], learners = [], votersOutgoing = [], learnersNext = [];
        bool autoLeave = false;
        var reader = new WireReader(bytes);
        while (reader.TryReadTag(out int field, out WireType type))
        {
            switch (field)
            {
                case VotersField:
                    ReadIds(ref reader, type, voters);
                    break;
                case LearnersField:
                    ReadIds(ref reader, type, learners);
                    break;
                case VotersOutgoingField:
                    ReadIds(ref reader, type, votersOutgoing);
                    break;
                case LearnersNextField:
                    ReadIds(ref reader, type, learnersNext);
                    break;
                case AutoLeaveField:
                    autoLeave = reader.ReadVarint(type) != 0;
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }
        return new ConfState
        {
            Voters = voters,
            Learners = learners,
            VotersOutgoing = votersOutgoing,
            LearnersNext = learnersNext,
            AutoLeave = autoLeave,
        };
    }

    private static void ReadIds(ref WireReader reader, WireType type, List<ulong> ids)
    {
        if (type == WireType.Varint)
        {
            ids.Add(reader.ReadVarint(type));
            return;
        }
        var packed = new WireReader(reader.ReadBytes(type));
        while (packed.HasMore)
            ids.Add(packed.ReadPackedVarint());
    }

    private static int ListSize(int field, IReadOnlyList<ulong> ids)
    {
        int size = 0;
        for (int i = 0; i < ids.Count; i++)
            size += WireWriter.VarintFieldSize(field, ids[i]);
        return size;
    }

    private static void WriteList(int field, IReadOnlyList<ulong> ids, ref WireWriter writer)
    {
        for (int i = 0; i < ids.Count; i++)
            writer.WriteField(field, ids[i]);
    }
}
