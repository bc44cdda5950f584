using Etcd.Protocol.Wire;

namespace Etcd.Protocol.Raft;

/// <summary>raftpb.HardState: 1 term, 2 vote, 3 commit; all three always written, in every dialect.</summary>
public static class HardStateCodec
{
    /// <summary>Most bytes that <see cref="Write"/> can write.</summary>
    public const int MaxSize = 33;

    private const int TermField = 1, VoteField = 2, CommitField = 3;

    public static void Write(in HardState state, ref WireWriter writer)
    {
        writer.WriteField(TermField, state.Term);
        writer.WriteField(VoteField, state.Vote);
        writer.WriteField(CommitField, state.Commit);
    }

    /// <exception cref="WireFormatException">The bytes are not a hard state.</exception>
    public static HardState Read(ReadOnlySpan<byte> bytes)
    {
        ulong term = 0, vote = 0, commit = 0;
        var reader = new WireReader(bytes);
        while (reader.TryReadTag(out int field, out WireType type))
        {
            switch (field)
            {
                case TermField:
                    term = reader.ReadVarint(type);
                    break;
                case VoteField:
                    vote = reader.ReadVarint(type);
                    break;
                case CommitField:
                    commit = reader.ReadVarint(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }
        return new HardState(term, vote, commit);
    }
}
