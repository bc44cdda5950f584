using System.Text;
using Etcd.Protocol.Kv;
using Etcd.Protocol.Rpc;
using Etcd.Protocol.Wire;
using Google.Protobuf;

namespace Etcd.Protocol.Tests.Wire;

/// <summary>Our span readers against the generated messages: on what a real encoder writes they must agree; on damaged
/// bytes ours may be stricter but must never accept what the other refuses, nor read it otherwise.</summary>
public class WireProperties
{
    private const int Rounds = 3000;
    private const int Seed = 20260719;

    [Fact]
    public void KeyValue_Any_ReadsTheSameAndWritesTheSameBytes() => Compare(RandomKeyValue, KeyValue.Parser, (bytes, expected) =>
    {
        KeyValueFields ours = KeyValueFields.Parse(bytes);
        if (expected is null)
            return;
        Assert.Equal(expected.Key.Span, ours.Key);
        Assert.Equal(expected.Value.Span, ours.Value);
        Assert.Equal(expected.CreateRevision, ours.CreateRevision);
        Assert.Equal(expected.ModRevision, ours.ModRevision);
        Assert.Equal(expected.Version, ours.Version);
        Assert.Equal(expected.Lease, ours.Lease);
        byte[] written = new byte[ours.EncodedSize];
        var writer = new WireWriter(written);
        ours.WriteTo(ref writer);
        Assert.Equal(written.Length, writer.BytesWritten);
        Assert.Equal(WithoutUnknown(expected, KeyValue.Parser), written);
    });

    [Fact]
    public void PutRequest_Any_ReadsTheSame() => Compare(RandomPut, PutRequest.Parser, (bytes, expected) =>
    {
        PutRequestFields ours = PutRequestFields.Parse(bytes);
        if (expected is null)
            return;
        Assert.Equal(expected.Key.Span, ours.Key);
        Assert.Equal(expected.Value.Span, ours.Value);
        Assert.Equal(expected.Lease, ours.Lease);
        Assert.Equal(expected.PrevKv, ours.PreviousKeyValue);
        Assert.Equal(expected.IgnoreValue, ours.IgnoreValue);
        Assert.Equal(expected.IgnoreLease, ours.IgnoreLease);
    });

    [Fact]
    public void RangeRequest_Any_ReadsTheSame() => Compare(RandomRange, RangeRequest.Parser, (bytes, expected) =>
    {
        RangeRequestFields ours = RangeRequestFields.Parse(bytes);
        if (expected is null)
            return;
        Assert.Equal(expected.Key.Span, ours.Key);
        Assert.Equal(expected.RangeEnd.Span, ours.RangeEnd);
        Assert.Equal(expected.Limit, ours.Limit);
        Assert.Equal(expected.Revision, ours.Revision);
        Assert.Equal((int)expected.SortOrder, (int)ours.SortOrder);
        Assert.Equal((int)expected.SortTarget, (int)ours.SortTarget);
        Assert.Equal(expected.Serializable, ours.Serializable);
        Assert.Equal(expected.KeysOnly, ours.KeysOnly);
        Assert.Equal(expected.CountOnly, ours.CountOnly);
        Assert.Equal(expected.MinModRevision, ours.MinModRevision);
        Assert.Equal(expected.MaxModRevision, ours.MaxModRevision);
        Assert.Equal(expected.MinCreateRevision, ours.MinCreateRevision);
        Assert.Equal(expected.MaxCreateRevision, ours.MaxCreateRevision);
    });

    [Fact]
    public void DeleteRangeRequest_Any_ReadsTheSame() => Compare(RandomDelete, DeleteRangeRequest.Parser, (bytes, expected) =>
    {
        DeleteRangeRequestFields ours = DeleteRangeRequestFields.Parse(bytes);
        if (expected is null)
            return;
        Assert.Equal(expected.Key.Span, ours.Key);
        Assert.Equal(expected.RangeEnd.Span, ours.RangeEnd);
        Assert.Equal(expected.PrevKv, ours.PreviousKeyValues);
    });

    [Fact]
    public void CompactionRequest_Any_ReadsTheSame() => Compare(
        random => new CompactionRequest { Revision = Number(random), Physical = random.Next(2) == 0 },
        CompactionRequest.Parser,
        (bytes, expected) =>
        {
            CompactionRequestFields ours = CompactionRequestFields.Parse(bytes);
            if (expected is not null)
                Assert.Equal((expected.Revision, expected.Physical), (ours.Revision, ours.Physical));
        });

    [Fact]
    public void Compare_Any_ReadsTheSame() => Compare(RandomCompare, Rpc.Compare.Parser, (bytes, expected) =>
    {
        CompareFields ours = CompareFields.Parse(bytes);
        if (expected is null)
            return;
        Assert.Equal((int)expected.Result, (int)ours.Result);
        Assert.Equal((int)expected.Target, (int)ours.Target);
        Assert.Equal(expected.Key.Span, ours.Key);
        Assert.Equal(expected.RangeEnd.Span, ours.RangeEnd);
        (long number, ByteString value) = expected.Target switch
        {
            Rpc.Compare.Types.CompareTarget.Version => (expected.Version, ByteString.Empty),
            Rpc.Compare.Types.CompareTarget.Create => (expected.CreateRevision, ByteString.Empty),
            Rpc.Compare.Types.CompareTarget.Mod => (expected.ModRevision, ByteString.Empty),
            Rpc.Compare.Types.CompareTarget.Lease => (expected.Lease, ByteString.Empty),
            Rpc.Compare.Types.CompareTarget.Value => (0, expected.Value),
            _ => (0L, ByteString.Empty),
        };
        Assert.Equal(number, ours.Number);
        Assert.Equal(value.Span, ours.Value);
    });

    [Fact]
    public void TxnRequest_Any_WalksTheSameTree() => Compare(random => RandomTxn(random, depth: 0), TxnRequest.Parser, WalkTxn);

    [Fact]
    public void RaftRequest_Any_FindsVariantAndHeader() => Compare(RandomRaftRequest, InternalRaftRequest.Parser, (bytes, expected) =>
    {
        RaftRequestFields ours = RaftRequestFields.Parse(bytes);
        if (expected is null || ours.Form != RaftRequestForm.V3)
            return;
        ulong headerId = expected.Header?.ID ?? 0;
        Assert.Equal(headerId != 0 ? headerId : expected.ID, ours.Id);
        Assert.Equal(expected.Header?.Username ?? "", Encoding.UTF8.GetString(ours.UserName));
        Assert.Equal(expected.Header?.AuthRevision ?? 0, ours.AuthRevision);
        IMessage? variant = ours.Variant switch
        {
            4 => expected.Put,
            7 => expected.Compaction,
            1011 => expected.AuthDisable,
            9900 => expected.DowngradeVersionTest,
            _ => null,
        };
        if (variant is not null)
            Assert.Equal(variant, variant.Descriptor.Parser.ParseFrom(bytes[ours.Body]));
    }, looksInside: false);

    private static void WalkTxn(byte[] bytes, TxnRequest? expected)
    {
        TxnRequestFields ours = TxnRequestFields.Parse(bytes);
        if (expected is not null)
            Assert.Equal((expected.Compare.Count, expected.Success.Count, expected.Failure.Count), (ours.CompareCount, ours.SuccessCount, ours.FailureCount));
        int next = 0;
        foreach (ReadOnlySpan<byte> compare in ours.Compares)
        {
            CompareFields fields = CompareFields.Parse(compare);
            if (expected is not null)
                Assert.Equal(expected.Compare[next++].Key.Span, fields.Key);
        }
        WalkOperations(ours.Success, expected?.Success);
        WalkOperations(ours.Failure, expected?.Failure);
    }

    private static void WalkOperations(RepeatedField operations, IList<RequestOp>? expected)
    {
        int next = 0;
        foreach (ReadOnlySpan<byte> operation in operations)
        {
            RequestOpFields fields = RequestOpFields.Parse(operation);
            RequestOp? other = expected?[next++];
            if (other is not null)
                Assert.Equal((int)other.RequestCase, (int)fields.Kind);
            switch (fields.Kind)
            {
                case RequestOpKind.Range: RangeRequestFields.Parse(fields.Request); break;
                case RequestOpKind.Put: PutRequestFields.Parse(fields.Request); break;
                case RequestOpKind.DeleteRange: DeleteRangeRequestFields.Parse(fields.Request); break;
                case RequestOpKind.Txn: WalkTxn(fields.Request.ToArray(), other?.RequestTxn); break;
            }
        }
    }

    /// <param name="read">Parses with our reader and compares, if told what to expect.</param>
    /// <param name="looksInside">Ours reads every nested message, so it may not accept what the other refuses.</param>
    private static void Compare<T>(Func<Random, T> make, MessageParser<T> parser, Action<byte[], T?> read, bool looksInside = true)
        where T : class, IMessage<T>
    {
        for (int round = 0; round < Rounds; round++)
        {
            int seed = Seed + round;
            var random = new Random(seed);
            byte[] bytes = make(random).ToByteArray();
            try
            {
                read(bytes, parser.ParseFrom(bytes));
                byte[] damaged = Damage(bytes, random);
                if (Accepts(() => read(damaged, null)) && (looksInside || Accepts(() => parser.ParseFrom(damaged))))
                    read(damaged, parser.ParseFrom(damaged));
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"seed {seed}, bytes {Convert.ToHexString(bytes)}", failure);
            }
        }
    }

    private static bool Accepts(Action parse)
    {
        try
        {
            parse();
            return true;
        }
        catch (Exception refusal) when (refusal is WireFormatException or InvalidProtocolBufferException)
        {
            return false;
        }
    }

    private static byte[] Damage(byte[] bytes, Random random)
    {
        List<byte> damaged = [.. bytes];
        for (int change = random.Next(1, 4); change > 0; change--)
        {
            int at = random.Next(damaged.Count + 1);
            switch (random.Next(3))
            {
                case 0: damaged.Insert(at, (byte)random.Next(256)); break;
                case 1 when at < damaged.Count: damaged.RemoveAt(at); break;
                case 2 when at < damaged.Count: damaged[at] = (byte)random.Next(256); break;
            }
        }
        return [.. damaged];
    }

    private static byte[] WithoutUnknown<T>(T message, MessageParser<T> parser)
        where T : IMessage<T> => parser.WithDiscardUnknownFields(true).ParseFrom(message.ToByteArray()).ToByteArray();

    private static KeyValue RandomKeyValue(Random random) => new()
    {
        Key = Text(random),
        CreateRevision = Number(random),
        ModRevision = Number(random),
        Version = Number(random),
        Value = Text(random),
        Lease = Number(random),
    };

    private static PutRequest RandomPut(Random random) => new()
    {
        Key = Text(random),
        Value = Text(random),
        Lease = Number(random),
        PrevKv = random.Next(2) == 0,
        IgnoreValue = random.Next(4) == 0,
        IgnoreLease = random.Next(4) == 0,
    };

    private static RangeRequest RandomRange(Random random) => new()
    {
        Key = Text(random),
        RangeEnd = Text(random),
        Limit = Number(random),
        Revision = Number(random),
        SortOrder = (RangeRequest.Types.SortOrder)random.Next(-1, 5),
        SortTarget = (RangeRequest.Types.SortTarget)random.Next(-1, 7),
        Serializable = random.Next(2) == 0,
        KeysOnly = random.Next(2) == 0,
        CountOnly = random.Next(2) == 0,
        MinModRevision = Number(random),
        MaxModRevision = Number(random),
        MinCreateRevision = Number(random),
        MaxCreateRevision = Number(random),
    };

    private static DeleteRangeRequest RandomDelete(Random random) =>
        new() { Key = Text(random), RangeEnd = Text(random), PrevKv = random.Next(2) == 0 };

    private static Rpc.Compare RandomCompare(Random random)
    {
        var compare = new Rpc.Compare
        {
            Result = (Rpc.Compare.Types.CompareResult)random.Next(-1, 5),
            Target = (Rpc.Compare.Types.CompareTarget)random.Next(-1, 6),
            Key = Text(random),
            RangeEnd = Text(random),
        };
        switch (random.Next(6))
        {
            case 0: compare.Version = Number(random); break;
            case 1: compare.CreateRevision = Number(random); break;
            case 2: compare.ModRevision = Number(random); break;
            case 3: compare.Value = Text(random); break;
            case 4: compare.Lease = Number(random); break;
        }
        return compare;
    }

    private static TxnRequest RandomTxn(Random random, int depth)
    {
        var txn = new TxnRequest();
        for (int i = random.Next(3); i > 0; i--)
            txn.Compare.Add(RandomCompare(random));
        for (int i = random.Next(3); i > 0; i--)
            txn.Success.Add(RandomOperation(random, depth));
        for (int i = random.Next(3); i > 0; i--)
            txn.Failure.Add(RandomOperation(random, depth));
        return txn;
    }

    private static RequestOp RandomOperation(Random random, int depth) => random.Next(depth < 3 ? 5 : 4) switch
    {
        0 => new RequestOp { RequestRange = RandomRange(random) },
        1 => new RequestOp { RequestPut = RandomPut(random) },
        2 => new RequestOp { RequestDeleteRange = RandomDelete(random) },
        3 => new RequestOp(),
        _ => new RequestOp { RequestTxn = RandomTxn(random, depth + 1) },
    };

    private static InternalRaftRequest RandomRaftRequest(Random random)
    {
        var request = new InternalRaftRequest();
        if (random.Next(4) == 0)
            request.ID = (ulong)Number(random);
        if (random.Next(4) != 0)
            request.Header = new RequestHeader { ID = (ulong)Number(random), Username = random.Next(2) == 0 ? "" : "root", AuthRevision = (ulong)Number(random) };
        switch (random.Next(5))
        {
            case 0: request.Put = RandomPut(random); break;
            case 1: request.Compaction = new CompactionRequest { Revision = Number(random) }; break;
            case 2: request.AuthDisable = new AuthDisableRequest(); break;
            case 3: request.DowngradeVersionTest = new DowngradeVersionTestRequest { Ver = "3.5" }; break;
        }
        return request;
    }

    private static ByteString Text(Random random)
    {
        byte[] bytes = new byte[random.Next(4) switch { 0 => 0, 1 => random.Next(5), 2 => random.Next(40), _ => random.Next(200) }];
        random.NextBytes(bytes);
        return ByteString.CopyFrom(bytes);
    }

    private static long Number(Random random) => random.Next(5) switch
    {
        0 => 0,
        1 => random.Next(200),
        2 => random.NextInt64(),
        3 => -random.NextInt64(),
        _ => random.Next(1 << 20),
    };
}
