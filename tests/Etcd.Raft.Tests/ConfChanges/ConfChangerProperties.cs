using Etcd.Foundation;
using Etcd.Protocol.Raft;

namespace Etcd.Raft.Tests.ConfChanges;

/// <summary>Configuration changes: joint ones end where simple ones end, and a ConfState says all there is to know.</summary>
public sealed class ConfChangerProperties
{
    private const int Seeds = 2000;

    [Fact]
    public void JointChange_EnteredAndLeft_EndsLikeSimpleChangesOneByOne()
    {
        for (int seed = 1; seed <= Seeds; seed++)
        {
            var random = new Random(seed);
            (TrackerConfig Config, ProgressMap Progress) start = RandomStart(random);
            ConfChangeSingle[] changes = RandomChanges(random);
            try
            {
                (TrackerConfig config, ProgressMap progress) = Joint(start, changes);

                (TrackerConfig simpleConfig, ProgressMap simpleProgress) = start;
                foreach (ConfChangeSingle change in changes)
                    (simpleConfig, simpleProgress) = Changer(simpleConfig, simpleProgress).Simple([change]);
                Assert.Equal(Text(simpleConfig, simpleProgress), Text(config, progress));
            }
            catch (Exception error)
            {
                Assert.Fail($"seed {seed}: {error}");
            }
        }
    }

    [Fact]
    public void JointChange_OfVotersOnly_EndsLikeSetArithmetic()
    {
        for (int seed = 1; seed <= Seeds; seed++)
        {
            var random = new Random(seed);
            (TrackerConfig config, ProgressMap progress) = RandomStart(random);
            SortedSet<ulong> voters = [.. config.Voters.Incoming.ToArray()];
            SortedSet<ulong> learners = [.. config.Learners.ToArray()];
            ConfChangeSingle[] changes = RandomChanges(random);
            foreach (ConfChangeSingle change in changes.Where(change => change.Type != ConfChangeType.UpdateNode))
            {
                voters.Remove(change.NodeId);
                learners.Remove(change.NodeId);
                if (change.Type != ConfChangeType.RemoveNode)
                    (change.Type == ConfChangeType.AddNode ? voters : learners).Add(change.NodeId);
            }

            (TrackerConfig ended, ProgressMap endedProgress) = Joint((config, progress), changes);

            Assert.True(voters.SetEquals(ended.Voters.Incoming.ToArray()) && learners.SetEquals(ended.Learners.ToArray()), $"seed {seed}: {ended}");
            Assert.True(voters.Union(learners).Order().SequenceEqual(endedProgress.Ids.ToArray()), $"seed {seed}: progress of others than members");
        }
    }

    [Fact]
    public void Restore_AnyReachableState_GivesTheSameState()
    {
        for (int seed = 1; seed <= Seeds; seed++)
        {
            var random = new Random(seed);
            (TrackerConfig config, ProgressMap progress) = RandomStart(random);
            if (random.Next(2) == 0)
                (config, progress) = Changer(config, progress).EnterJoint(random.Next(2) == 0, RandomChanges(random));

            (TrackerConfig restored, ProgressMap restoredProgress) = ConfChanger.Restore(config.ToConfState(), 10, NewProgress);

            Assert.True(Text(config, progress) == Text(restored, restoredProgress), $"seed {seed}: {config} restored as {restored}");
        }
    }

    [Fact]
    public void Change_Refused_LeavesTheConfigurationAsItWas()
    {
        (TrackerConfig config, ProgressMap progress) = ConfChanger.Restore(new ConfState { Voters = [1, 2], Learners = [3] }, 10, NewProgress);
        string before = Text(config, progress);

        Assert.Throws<InvariantException>(() => Changer(config, progress).Simple([Add(3), Add(4)]));

        Assert.Equal(before, Text(config, progress));
    }

    [Theory]
    [InlineData("v1", "simple v2 v3", "more than one voter changed without entering joint config")]
    [InlineData("v1", "simple r1", "removed all voters")]
    [InlineData("v1", "simple l1", "removed all voters")]
    [InlineData("v1", "leave", "can't leave a non-joint config")]
    [InlineData("", "joint v1", "can't make a zero-voter config joint")]
    [InlineData("v1", "joint v2; joint v3", "config is already joint")]
    [InlineData("v1", "joint v2; simple v3", "can't apply simple config change in joint config")]
    public void Change_ThatDoesNotFit_StopsMemberWithEtcdsText(string start, string steps, string expected)
    {
        (TrackerConfig config, ProgressMap progress) = (TrackerConfig.Empty, new ProgressMap());
        foreach (ConfChangeSingle change in Parse(start))
            (config, progress) = Changer(config, progress).Simple([change]);

        var error = Assert.Throws<InvariantException>(() =>
        {
            foreach (string step in steps.Split("; "))
            {
                string[] words = step.Split(' ', 2);
                ConfChanger changer = Changer(config, progress);
                (config, progress) = words[0] switch
                {
                    "simple" => changer.Simple(Parse(words[1])),
                    "joint" => changer.EnterJoint(autoLeave: false, Parse(words[1])),
                    _ => changer.LeaveJoint(),
                };
            }
        });

        Assert.Equal(expected, error.Message);
    }

    [Fact]
    public void Change_OfNodeZero_DoesNothing()
    {
        (TrackerConfig config, ProgressMap progress) = ConfChanger.Restore(new ConfState { Voters = [1] }, 10, NewProgress);

        Assert.Equal(Text(config, progress), Text(Changer(config, progress).Simple([Add(0)])));
    }

    [Fact]
    public void NewMember_IsProbedAtTheEndOfTheLogAndCountsAsAlive()
    {
        (TrackerConfig config, ProgressMap progress) = ConfChanger.Restore(new ConfState { Voters = [1] }, 10, NewProgress);

        (_, progress) = Changer(config, progress).Simple([Add(2)]);

        Assert.Equal("StateProbe match=0 next=10", progress.Find(2)!.ToString());
    }

    [Fact]
    public void Demotion_InAJointConfiguration_WaitsForItsEnd()
    {
        (TrackerConfig config, ProgressMap progress) = ConfChanger.Restore(new ConfState { Voters = [1, 2] }, 10, NewProgress);

        (config, progress) = Changer(config, progress).EnterJoint(autoLeave: true, Parse("l2"));
        Assert.Equal("voters=(1)&&(1 2) learners_next=(2) autoleave", config.ToString());
        Assert.False(progress.Find(2)!.IsLearner);

        (config, progress) = Changer(config, progress).LeaveJoint();
        Assert.Equal("voters=(1) learners=(2)", config.ToString());
        Assert.True(progress.Find(2)!.IsLearner);
    }

    private static (TrackerConfig Config, ProgressMap Progress) Joint((TrackerConfig Config, ProgressMap Progress) start, ConfChangeSingle[] changes)
    {
        (TrackerConfig config, ProgressMap progress) = Changer(start.Config, start.Progress).EnterJoint(autoLeave: false, changes);
        return Changer(config, progress).LeaveJoint();
    }

    // Member 1 is always a voter, as the last voter cannot be removed.
    private static (TrackerConfig Config, ProgressMap Progress) RandomStart(Random random)
    {
        (TrackerConfig Config, ProgressMap Progress) start = ConfChanger.Restore(new ConfState { Voters = [1] }, 10, NewProgress);
        foreach (ConfChangeSingle change in RandomChanges(random))
            start = Changer(start.Config, start.Progress).Simple([change]);
        return start;
    }

    private static ConfChangeSingle[] RandomChanges(Random random) =>
        [.. Enumerable.Range(0, random.Next(1, 8)).Select(_ => new ConfChangeSingle((ConfChangeType)random.Next(4), (ulong)random.Next(2, 8)))];

    private static string Text((TrackerConfig Config, ProgressMap Progress) state) => Text(state.Config, state.Progress);

    private static string Text(TrackerConfig config, ProgressMap progress)
    {
        string members = "";
        foreach ((ulong id, Progress member) in progress)
            members += $" {id}{(member.IsLearner ? "l" : "v")}";
        return config + members;
    }

    private static ConfChanger Changer(TrackerConfig config, ProgressMap progress) => new(config, progress, 10, NewProgress);

    private static Progress NewProgress() => new(10, 0);

    private static ConfChangeSingle Add(ulong id) => new(ConfChangeType.AddNode, id);

    private static ConfChangeSingle[] Parse(string changes) => [.. changes.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => new ConfChangeSingle(
        word[0] switch { 'v' => ConfChangeType.AddNode, 'l' => ConfChangeType.AddLearnerNode, _ => ConfChangeType.RemoveNode },
        (ulong)(word[1] - '0')))];
}
