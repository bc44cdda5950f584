using Etcd.Protocol.Auth;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Rpc;
using Etcd.Store.Apply;
using Etcd.Store.Auth;
using Etcd.Store.Lease;
using Etcd.Store.Tests.Apply;
using Google.Protobuf;

namespace Etcd.Store.Tests.Auth;

/// <summary>Random users, roles, ranges and requests against a model that looks at each key of a tiny world.</summary>
public sealed class KeyPermissionsProperties
{
    private const string Keys = "abcdef";

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(14)]
    public void Check_RandomWorld_EqualsModel(int seed)
    {
        var random = new Random(seed);
        for (int world = 0; world < 30; world++)
        {
            var model = new Model(random);
            for (int request = 0; request < 200; request++)
            {
                Identity identity = model.RandomIdentity();
                (IMessage message, EtcdError? expected, EtcdError? actual) = model.RandomRequest(identity);
                if (expected != actual)
                    Assert.Fail($"seed {seed}, world {world}, {identity}, {message.GetType().Name} {message}: expected {expected?.Message ?? "allowed"}, got {actual?.Message ?? "allowed"}\n{model}");
            }
        }
    }

    private sealed class Model
    {
        private readonly Random _random;
        private readonly AuthStore _auth;
        private readonly Lessor _lessor;
        private readonly Dictionary<string, List<string>> _rolesOfUser = [];
        private readonly Dictionary<string, List<(Permission.Types.Type Type, string Key, string RangeEnd)>> _ranges = [];
        private readonly Dictionary<long, string> _keysOfLease = [];

        public Model(Random random)
        {
            _random = random;
            var backend = new MemoryBackend();
            _auth = new AuthStore(backend, new RecordedTokens(), bcryptCost: 4);
            _lessor = new Lessor(backend, new LessorOptions());
            foreach (string role in (string[])["r1", "r2", "r3"])
                AddRole(role);
            foreach (string user in (string[])["root", "u1", "u2", "u3"])
                AddUser(user);
            foreach (long lease in (long[])[1, 2])
                AddLease(lease);
            Assert.Null(_auth.Enable());
        }

        public Identity RandomIdentity()
        {
            string user = Pick("", "nobody", "root", "u1", "u2", "u3");
            ulong revision = _auth.Current.Revision;
            return new Identity(user, _random.Next(20) switch { 0 => 0, 1 => revision - 1, 2 => revision + 1, _ => revision });
        }

        public (IMessage Message, EtcdError? Expected, EtcdError? Actual) RandomRequest(Identity identity)
        {
            AuthView view = _auth.Current;
            switch (_random.Next(4))
            {
                case 0:
                    RangeRequest range = RandomRange();
                    return (range, Expect(identity, [.. Needs(range)]), KeyPermissions.CheckRange(view, identity, range.ToByteArray()));
                case 1:
                    PutRequest put = RandomPut();
                    IEnumerable<Need> needs = [new Need(Write: true, put.Key, ByteString.Empty), .. LeaseNeeds(put, identity)];
                    if (put.PrevKv)
                        needs = needs.Append(new Need(Write: false, put.Key, ByteString.Empty));
                    return (put, Expect(identity, [.. needs]), KeyPermissions.CheckPut(view, identity, put.ToByteArray(), _lessor));
                case 2:
                    DeleteRangeRequest delete = RandomDelete();
                    return (delete, Expect(identity, [.. Needs(delete)]), KeyPermissions.CheckDeleteRange(view, identity, delete.ToByteArray()));
                default:
                    TxnRequest txn = RandomTxn(depth: 2);
                    return (txn, Expect(identity, [.. Needs(txn)]), KeyPermissions.CheckTxn(view, identity, txn.ToByteArray()));
            }
        }

        public override string ToString() => string.Join('\n', [
            .. _rolesOfUser.Select(static pair => $"{pair.Key}: {string.Join(' ', pair.Value)}"),
            .. _ranges.Select(static pair => $"{pair.Key}: {string.Join(' ', pair.Value)}"),
        ]);

        private void AddRole(string role)
        {
            Assert.Null(_auth.AddRole(role));
            _ranges[role] = [];
            for (int i = _random.Next(4); i > 0; i--)
            {
                (string key, string rangeEnd) = RandomKeys();
                var type = (Permission.Types.Type)_random.Next(3);
                if (_auth.GrantPermission(role, new Permission { PermType = type, Key = ByteString.CopyFromUtf8(key), RangeEnd = ByteString.CopyFromUtf8(rangeEnd) }) is not null)
                    continue;
                // The first range with this key is replaced if it is the same one; see AuthStore.GrantPermission.
                int first = _ranges[role].FindIndex(range => range.Key == key);
                if (first >= 0 && _ranges[role][first].RangeEnd == rangeEnd)
                    _ranges[role][first] = (type, key, rangeEnd);
                else
                    _ranges[role].Add((type, key, rangeEnd));
            }
        }

        private void AddUser(string user)
        {
            Assert.Null(_auth.AddUser(new AuthUserAddRequest { Name = user }, new byte[16]));
            _rolesOfUser[user] = user == "root" ? ["root"] : [.. _ranges.Keys.Where(_ => _random.Next(2) == 0)];
            foreach (string role in _rolesOfUser[user])
                Assert.Null(_auth.GrantRole(user, role));
        }

        private void AddLease(long lease)
        {
            Assert.Null(_lessor.Grant(lease, 60, TimeSpan.Zero, out _));
            // A key hangs on one lease at most.
            _keysOfLease[lease] = lease == 1 ? Pick("a", "b", "c") : Pick("d", "e", "f");
            _lessor.Attach(lease, ByteString.CopyFromUtf8(_keysOfLease[lease]).Memory);
        }

        private EtcdError? Expect(Identity identity, Need[] needs)
        {
            if (needs.Length == 0)
                return null;
            if (identity.AuthRevision == 0)
                return EtcdError.UserEmpty;
            if (identity.AuthRevision < _auth.Current.Revision)
                return EtcdError.AuthOldRevision;
            return needs.All(need => IsAllowed(identity.UserName, need)) ? null : EtcdError.PermissionDenied;
        }

        private bool IsAllowed(string user, Need need)
        {
            if (!_rolesOfUser.TryGetValue(user, out List<string>? roles))
                return false;
            if (roles.Contains("root"))
                return true;
            var wanted = need.Write ? Permission.Types.Type.Write : Permission.Types.Type.Read;
            var ranges = roles.SelectMany(role => _ranges[role]).Where(range => range.Type == wanted || range.Type == Permission.Types.Type.Readwrite).ToList();
            // "z" stands for every key behind the alphabet, and a key with a trailing "~" for those right behind it.
            string[] world = [.. Keys.Select(static key => $"{key}"), .. Keys.Select(static key => $"{key}~"), "z"];
            string key = need.Key.ToStringUtf8();
            return world.Where(candidate => IsIn(candidate, key, need.RangeEnd.ToStringUtf8())).Append(key)
                .All(candidate => ranges.Exists(range => IsIn(candidate, range.Key, range.RangeEnd)));
        }

        private static bool IsIn(string candidate, string key, string rangeEnd)
        {
            if (rangeEnd.Length == 0)
                return candidate == key;
            return string.CompareOrdinal(candidate, key) >= 0 && (rangeEnd == "\0" || string.CompareOrdinal(candidate, rangeEnd) < 0);
        }

        private static IEnumerable<Need> Needs(RangeRequest range) => [new Need(Write: false, range.Key, range.RangeEnd)];

        private static IEnumerable<Need> Needs(DeleteRangeRequest delete)
        {
            yield return new Need(Write: true, delete.Key, delete.RangeEnd);
            if (delete.PrevKv)
                yield return new Need(Write: false, delete.Key, delete.RangeEnd);
        }

        private static IEnumerable<Need> Needs(TxnRequest txn) => txn.Compare
            .Select(static compare => new Need(Write: false, compare.Key, compare.RangeEnd))
            .Concat(txn.Success.Concat(txn.Failure).SelectMany(static op => op.RequestCase switch
            {
                RequestOp.RequestOneofCase.RequestRange => Needs(op.RequestRange),
                RequestOp.RequestOneofCase.RequestPut => [new Need(Write: true, op.RequestPut.Key, ByteString.Empty)],
                RequestOp.RequestOneofCase.RequestDeleteRange => Needs(op.RequestDeleteRange),
                RequestOp.RequestOneofCase.RequestTxn => Needs(op.RequestTxn),
                _ => [],
            }));

        private IEnumerable<Need> LeaseNeeds(PutRequest put, Identity identity)
        {
            bool isRoot = _rolesOfUser.TryGetValue(identity.UserName, out List<string>? roles) && roles.Contains("root");
            if (!isRoot && _keysOfLease.TryGetValue(put.Lease, out string? key))
                yield return new Need(Write: true, ByteString.CopyFromUtf8(key), ByteString.Empty);
        }

        private RangeRequest RandomRange()
        {
            (string key, string rangeEnd) = RandomKeys();
            return new RangeRequest { Key = ByteString.CopyFromUtf8(key), RangeEnd = ByteString.CopyFromUtf8(rangeEnd) };
        }

        private PutRequest RandomPut() => new()
        {
            Key = ByteString.CopyFromUtf8(RandomKeys().Key),
            Lease = _random.Next(2) == 0 ? 0 : _random.Next(1, 4),
            PrevKv = _random.Next(2) == 0,
        };

        private DeleteRangeRequest RandomDelete()
        {
            (string key, string rangeEnd) = RandomKeys();
            return new DeleteRangeRequest { Key = ByteString.CopyFromUtf8(key), RangeEnd = ByteString.CopyFromUtf8(rangeEnd), PrevKv = _random.Next(2) == 0 };
        }

        private TxnRequest RandomTxn(int depth)
        {
            var txn = new TxnRequest();
            for (int i = _random.Next(2); i > 0; i--)
            {
                (string key, string rangeEnd) = RandomKeys();
                txn.Compare.Add(new Compare { Key = ByteString.CopyFromUtf8(key), RangeEnd = ByteString.CopyFromUtf8(rangeEnd) });
            }
            for (int i = _random.Next(3); i > 0; i--)
                txn.Success.Add(RandomOp(depth));
            for (int i = _random.Next(2); i > 0; i--)
                txn.Failure.Add(RandomOp(depth));
            return txn;
        }

        private RequestOp RandomOp(int depth) => _random.Next(depth > 0 ? 5 : 4) switch
        {
            0 => new RequestOp(),
            1 => new RequestOp { RequestRange = RandomRange() },
            2 => new RequestOp { RequestPut = RandomPut() },
            3 => new RequestOp { RequestDeleteRange = RandomDelete() },
            _ => new RequestOp { RequestTxn = RandomTxn(depth - 1) },
        };

        private (string Key, string RangeEnd) RandomKeys()
        {
            string key = $"{Keys[_random.Next(Keys.Length)]}";
            return (key, _random.Next(3) switch { 0 => "", 1 => "\0", _ => $"{Keys[_random.Next(Keys.Length)]}" });
        }

        private string Pick(params string[] choices) => choices[_random.Next(choices.Length)];

        private readonly record struct Need(bool Write, ByteString Key, ByteString RangeEnd);
    }
}
