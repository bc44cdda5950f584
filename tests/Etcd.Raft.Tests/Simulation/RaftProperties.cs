using Etcd.Foundation;

namespace Etcd.Raft.Tests.Simulation;

/// <summary>Raft's promises under random schedules: messages lost, doubled, late and out of order; partitions; crashes at any
/// point of saving; changing members; compaction; reads; transfers.</summary>
/// <remarks>RAFT_SIM_SEED runs the seeds from that one on, RAFT_SIM_SEEDS that many: to replay a failure or to search all night.</remarks>
public sealed class RaftProperties
{
    private const int StepsPerSeed = 6000;

    private static readonly ulong s_firstSeed = FromEnvironment("RAFT_SIM_SEED", 1);
    private static readonly ulong s_seeds = FromEnvironment("RAFT_SIM_SEEDS", 250);

    [Fact]
    public void RandomSchedules_AnySeed_KeepAllPromisesAndRecover()
    {
        ulong committed = 0;
        ulong stuck = 0;
        for (ulong seed = s_firstSeed; seed < s_firstSeed + s_seeds; seed++)
        {
            var cluster = new SimCluster(seed);
            try
            {
                Run(cluster);
                if (!cluster.Recovers())
                {
                    Assert.True(cluster.IsUnelectable(), "no progress after everything was healed");
                    stuck++;
                }
                committed += cluster.Committed;
            }
            catch (Exception error)
            {
                Assert.Fail($"seed {seed}: {error}\n{cluster}");
            }
        }
        Assert.True(stuck <= 1 + s_seeds / 200, $"{stuck} of {s_seeds} clusters could not elect anybody any more");
        // A schedule in which nothing happens proves nothing.
        Assert.True(committed > s_seeds * 5, $"only {committed} entries were committed in {s_seeds} runs");
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

    private static ulong FromEnvironment(string name, ulong otherwise) =>
        ulong.TryParse(Environment.GetEnvironmentVariable(name), out ulong value) ? value : otherwise;

    private static void Run(SimCluster cluster)
    {
        for (int step = 0; step < StepsPerSeed; step++)
            cluster.Step();
    }
}
