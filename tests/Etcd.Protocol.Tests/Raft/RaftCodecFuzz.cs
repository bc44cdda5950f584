using Etcd.Protocol.Raft;
using Etcd.Protocol.Wire;

namespace Etcd.Protocol.Tests.Raft;

/// <summary>Any bytes yield a value or a <see cref="WireFormatException"/>; a value that was read can be written and read again.</summary>
public sealed class RaftCodecFuzz
{
    private const int Rounds = 60_000;
    private const int Seed = 41;

    [Fact]
    public void Read_MutatedMessages_ValueOrTypedError()
    {
        var random = new Random(Seed);
        byte[][] seeds = [.. Enum.GetValues<WireDialect>().Select(static dialect => MessageCodec.Encode(Sample(), dialect))];
        int read = 0;
        for (int round = 0; round < Rounds; round++)
        {
            byte[] bytes = Mutate(seeds[random.Next(seeds.Length)], random);
            try
            {
                Message message = MessageCodec.Read(bytes);
                read++;
                byte[] again = MessageCodec.Encode(message, WireDialect.V37);
                Assert.Equal(again, MessageCodec.Encode(MessageCodec.Read(again), WireDialect.V37));
            }
            catch (WireFormatException)
            {
                // Expected of most mutations.
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {Seed}, round {round}, {Convert.ToHexString(bytes)}: {e}");
            }
        }
        Assert.InRange(read, Rounds / 20, Rounds - 1); // Both ways out were tried.
    }

    [Fact]
    public void Read_RandomBytes_NoReaderLetsAnotherExceptionOut()
    {
        var random = new Random(Seed);
        Action<byte[]>[] readers =
        [
            static bytes => EntryCodec.Read(bytes),
            static bytes => HardStateCodec.Read(bytes),
            static bytes => ConfStateCodec.Read(bytes),
            static bytes => SnapshotCodec.Read(bytes),
            static bytes => ConfChangeCodec.Read(bytes),
            static bytes => ConfChangeV2Codec.Read(bytes),
            static bytes => MemberMetadata.Read(bytes),
            static bytes => MessageCodec.Read(bytes),
        ];
        for (int round = 0; round < Rounds / 3; round++)
        {
            byte[] bytes = new byte[random.Next(24)];
            random.NextBytes(bytes);
            for (int i = 0; i < bytes.Length; i += 2)
                bytes[i] = (byte)((random.Next(1, 15) << 3) | (random.Next(2) * 2)); // Mostly tags that somebody knows.
            foreach (Action<byte[]> reader in readers)
            {
                Exception? error = Record.Exception(() => reader(bytes));
                Assert.True(error is null or WireFormatException, $"seed {Seed}, round {round}, {Convert.ToHexString(bytes)}: {error}");
            }
        }
    }

    private static byte[] Mutate(byte[] seed, Random random)
    {
        byte[] bytes = random.Next(4) == 0 ? seed[..random.Next(seed.Length)] : [.. seed];
        for (int i = random.Next(1, 4); i > 0 && bytes.Length > 0; i--)
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        return bytes;
    }

    private static Message Sample() => new()
    {
        Type = MessageType.App,
        To = 2,
        From = 3,
        Term = 300,
        LogTerm = 299,
        Index = 70_000,
        Entries = [new Entry(300, 70_001, EntryType.Normal, "payload"u8.ToArray()), new Entry(300, 70_002, EntryType.ConfChange, default)],
        Commit = 69_999,
        Snapshot = new Snapshot(new SnapshotMetadata(new ConfState { Voters = [1, 2, 3], Learners = [4] }, 9, 1), "{}"u8.ToArray()),
        Context = "c"u8.ToArray(),
        Responses = [new Message { Type = MessageType.AppResp, To = 9 }],
    };
}
