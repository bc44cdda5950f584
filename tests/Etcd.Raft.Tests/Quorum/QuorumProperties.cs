namespace Etcd.Raft.Tests.Quorum;

/// <summary>Quorums against the definition, spelled out.</summary>
public sealed class QuorumProperties
{
    [Fact]
    public void CommittedIndex_RandomMajority_IsWhatMoreThanHalfHave()
    {
        for (int seed = 1; seed <= 3000; seed++)
        {
            (IdSet voters, Dictionary<ulong, ulong> indexes) = RandomVoters(new Random(seed));
            ulong expected = voters.IsEmpty ? ulong.MaxValue : indexes.Values.Append(0ul).Where(index => Have(voters, indexes, index) > voters.Count / 2).Max();

            Assert.True(expected == MajorityQuorum.CommittedIndex(voters, id => Find(indexes, id)), $"seed {seed}: {voters}");
        }
    }

    [Fact]
    public void CommittedIndex_RandomJoint_IsTheLesserOfBothHalves()
    {
        for (int seed = 1; seed <= 3000; seed++)
        {
            var random = new Random(seed);
            (IdSet incoming, Dictionary<ulong, ulong> indexes) = RandomVoters(random);
            (IdSet outgoing, Dictionary<ulong, ulong> others) = RandomVoters(random);
            foreach ((ulong id, ulong index) in others)
                indexes.TryAdd(id, index);
            ulong[] candidates = [.. indexes.Values, 0];
            ulong expected = incoming.IsEmpty && outgoing.IsEmpty
                ? ulong.MaxValue
                : candidates.Where(index => Agrees(incoming, indexes, index) && Agrees(outgoing, indexes, index)).Max();

            Assert.True(expected == new JointQuorum(incoming, outgoing).CommittedIndex(id => Find(indexes, id)), $"seed {seed}: {incoming}&&{outgoing}");
        }
    }

    [Fact]
    public void Tally_RandomVotes_IsWonOrLostAsSoonAsNothingCanChangeIt()
    {
        for (int seed = 1; seed <= 3000; seed++)
        {
            var random = new Random(seed);
            IdSet incoming = RandomVoters(random, most: 4).Voters;
            IdSet outgoing = RandomVoters(random, most: 4).Voters;
            var quorum = new JointQuorum(incoming, outgoing);
            Dictionary<ulong, bool> votes = [];
            foreach (ulong id in quorum.Ids.ToArray())
            {
                if (random.Next(3) > 0)
                    votes[id] = random.Next(2) == 0;
            }

            // Try each way in which the missing votes may fall.
            ulong[] missing = [.. quorum.Ids.ToArray().Where(id => !votes.ContainsKey(id))];
            bool[] outcomes = [.. Enumerable.Range(0, 1 << missing.Length).Select(way => Wins(incoming, votes, missing, way) && Wins(outgoing, votes, missing, way)).Distinct()];
            VoteResult expected = outcomes.Length == 2 ? VoteResult.Pending : outcomes[0] ? VoteResult.Won : VoteResult.Lost;

            VoteResult actual = quorum.Tally(id => votes.TryGetValue(id, out bool vote) ? vote : null);
            Assert.True(actual == expected, $"seed {seed}: {quorum} {expected} {actual}");
        }
    }

    [Fact]
    public void IdSet_RandomChanges_EqualsASortedSet()
    {
        for (int seed = 1; seed <= 500; seed++)
        {
            var random = new Random(seed);
            SortedSet<ulong> twin = [];
            IdSet set = default;
            for (int i = 0; i < 40; i++)
            {
                ulong id = (ulong)random.Next(1, 20);
                bool isAdded = random.Next(2) == 0;
                _ = isAdded ? twin.Add(id) : twin.Remove(id);
                set = isAdded ? set.With(id) : set.Without(id);

                Assert.Equal(twin, set.ToArray());
                Assert.Equal(twin.Contains(7), set.Contains(7));
            }
        }
    }

    [Fact]
    public void IdSet_Printed_IsHexInBrackets() => Assert.Equal("(1 a ff)", new IdSet([255, 10, 1, 10]).ToString());

    private static (IdSet Voters, Dictionary<ulong, ulong> Indexes) RandomVoters(Random random, int most = 20)
    {
        IdSet voters = new(Enumerable.Range(0, random.Next(most + 1)).Select(_ => (ulong)random.Next(1, 2 * most)));
        Dictionary<ulong, ulong> indexes = [];
        foreach (ulong id in voters.Span)
        {
            if (random.Next(4) > 0)
                indexes[id] = (ulong)random.Next(5);
        }
        return (voters, indexes);
    }

    private static ulong? Find(Dictionary<ulong, ulong> indexes, ulong id) => indexes.TryGetValue(id, out ulong index) ? index : null;

    private static int Have(IdSet voters, Dictionary<ulong, ulong> indexes, ulong index) => voters.ToArray().Count(id => (Find(indexes, id) ?? 0) >= index);

    private static bool Agrees(IdSet voters, Dictionary<ulong, ulong> indexes, ulong index) => voters.IsEmpty || Have(voters, indexes, index) > voters.Count / 2;

    private static bool Wins(IdSet voters, Dictionary<ulong, bool> votes, ulong[] missing, int way) =>
        voters.IsEmpty || voters.ToArray().Count(id => votes.TryGetValue(id, out bool vote) ? vote : (way >> Array.IndexOf(missing, id) & 1) == 1) > voters.Count / 2;
}
