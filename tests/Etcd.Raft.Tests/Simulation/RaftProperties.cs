using Etcd.Foundation;

namespace Etcd.Raft.Tests.Simulation;

/// <summary>Raft's promises under random schedules: messages lost, doubled, late and out of order; partitions; crashes at any
/// point of saving; changing members; compaction; reads; transfers.</summary>
public sealed class RaftProperties
{
    private const int Seeds = 250;
    private const int StepsPerSeed = 6000;

    [Fact]
    public void RandomSchedules_AnySeed_KeepAllPromisesAndRecover()
    {
        ulong committed = 0;
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            var cluster = new SimCluster(seed);
            try
            {
                Run(cluster);
                Assert.True(cluster.Recovers(), "no progress after everything was healed");
                committed += cluster.Committed;
            }
            catch (Exception error)
            {
                Assert.Fail($"seed {seed}: {error}\n{cluster}");
            }
        }
        // A schedule in which nothing happens proves nothing.
        Assert.True(committed > Seeds * 20, $"only {committed} entries were committed in {Seeds} runs");
    }

    [Theory]
    [InlineData(nameof(Mutation.VoteIsNotSaved))]
    [InlineData(nameof(Mutation.EntriesAreNotSaved))]
    [InlineData(nameof(Mutation.AcknowledgesTooMuch))]
    [InlineData(nameof(Mutation.VotesForOutdatedLog))]
    [InlineData(nameof(Mutation.AppendsWithoutCheck))]
    [InlineData(nameof(Mutation.HeartbeatCommitsUnmatched))]
    [InlineData(nameof(Mutation.CommitsOldTermsByCounting))]
    [InlineData(nameof(Mutation.ReadsNeedNoQuorum))]
    [InlineData(nameof(Mutation.RejectedVotesCount))]
    public void RandomSchedules_PlantedBug_IsFound(string mutation)
    {
        const int MostSeeds = 5000;
        for (ulong seed = 1; seed <= MostSeeds; seed++)
        {
            try
            {
                Run(new SimCluster(seed, Enum.Parse<Mutation>(mutation)));
            }
            catch (Exception found) when (found is SafetyViolationException or InvariantException)
            {
                TestContext.Current.SendDiagnosticMessage($"{mutation} found by seed {seed}: {found.Message}");
                return;
            }
        }
        Assert.Fail($"{mutation} was not found by {MostSeeds} seeds");
    }

    private static void Run(SimCluster cluster)
    {
        for (int step = 0; step < StepsPerSeed; step++)
            cluster.Step();
    }
}
