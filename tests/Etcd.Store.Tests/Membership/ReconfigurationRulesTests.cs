using Etcd.Protocol.Errors;
using Etcd.Store.Membership;

namespace Etcd.Store.Tests.Membership;

/// <summary>spec peer §8.4.</summary>
public sealed class ReconfigurationRulesTests
{
    [Theory]
    // voters, started, connected
    [InlineData(1, 1, 1, null)]
    [InlineData(1, 0, 1, "started")]
    [InlineData(2, 2, 2, null)]
    [InlineData(2, 1, 2, "started")]
    [InlineData(3, 3, 3, null)]
    [InlineData(3, 3, 2, "unhealthy")]
    [InlineData(3, 2, 3, "started")]
    [InlineData(4, 3, 3, null)]
    [InlineData(5, 4, 4, null)]
    [InlineData(5, 4, 3, "unhealthy")]
    public void CheckAdd_Voter(int voters, int started, int connected, string? refusal) =>
        Assert.Equal(Error(refusal), ReconfigurationRules.CheckAdd(View(voters, started), isLearner: false, connected));

    [Fact]
    public void CheckAdd_Learner_NeedsNoStartedMembers_ButConnections()
    {
        Assert.Null(ReconfigurationRules.CheckAdd(View(3, 1), isLearner: true, 3));
        Assert.Equal(EtcdError.Unhealthy, ReconfigurationRules.CheckAdd(View(3, 3), isLearner: true, 2));
        Assert.Null(ReconfigurationRules.CheckAdd(View(1, 0), isLearner: true, 0));
    }

    [Theory]
    // voters, started (the first ones; the last voter is removed), connected, is the target active
    [InlineData(3, 3, 3, true, null)]
    [InlineData(3, 3, 2, true, "unhealthy")]
    [InlineData(3, 2, 2, false, null)]
    [InlineData(3, 1, 2, false, "started")]
    [InlineData(2, 2, 2, true, null)]
    [InlineData(2, 2, 1, true, "unhealthy")]
    [InlineData(2, 1, 1, false, null)]
    [InlineData(1, 1, 1, true, "started")]
    public void CheckRemove_Voter(int voters, int started, int connected, bool isActive, string? refusal) =>
        Assert.Equal(Error(refusal), ReconfigurationRules.CheckRemove(View(voters, started), (ulong)voters, isActive, connected));

    [Fact]
    public void CheckRemove_Learner_Always()
    {
        ClusterView view = View(1, 0);
        view = view with { Members = [.. view.Members, new Member(9) { IsLearner = true }] };
        Assert.Null(ReconfigurationRules.CheckRemove(view, 9, isTargetActive: true, connectedVoters: 0));
    }

    [Theory]
    [InlineData(90, 100, true)]
    [InlineData(89, 100, false)]
    [InlineData(0, 0, true)]
    public void CheckLearnerReady_NineTenths(ulong learner, ulong leader, bool isReady) =>
        Assert.Equal(isReady ? null : EtcdError.LearnerNotReady, ReconfigurationRules.CheckLearnerReady(learner, leader));

    [Theory]
    [InlineData(1, 1, null)]
    [InlineData(1, 0, "started")]
    [InlineData(3, 2, null)]
    [InlineData(3, 1, "started")]
    [InlineData(4, 2, null)]
    public void CheckPromote(int voters, int started, string? refusal) =>
        Assert.Equal(Error(refusal), ReconfigurationRules.CheckPromote(View(voters, started)));

    private static ClusterView View(int voters, int started) => ClusterView.Empty with
    {
        Members = [.. Enumerable.Range(1, voters).Select(id => new Member((ulong)id) { Name = id <= started ? $"m{id}" : "" })],
    };

    private static EtcdError? Error(string? refusal) => refusal switch
    {
        null => null,
        "started" => EtcdError.NotEnoughStartedMembers,
        _ => EtcdError.Unhealthy,
    };
}
