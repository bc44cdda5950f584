using Etcd.Server.Tokens;

namespace Etcd.Server.Tests.Tokens;

public sealed class SimpleTokensTests
{
    private static readonly TimeSpan s_ttl = TimeSpan.FromSeconds(300);

    private readonly ManualClock _clock = new();
    private readonly SimpleTokens _tokens;

    public SimpleTokensTests()
    {
        _tokens = new SimpleTokens(_clock, s_ttl);
        _tokens.Enable();
    }

    [Fact]
    public void Assign_Token_IsPrefixDotIndex()
    {
        Assert.Null(_tokens.Assign("alice", "abcdefghijklmnop", 42, 1, out string token));
        Assert.Equal("abcdefghijklmnop.42", token);
        Assert.Equal("alice", _tokens.Find(token));
        Assert.Null(_tokens.Find("abcdefghijklmnop.43"));
    }

    [Fact]
    public void Find_EachUse_ExtendsTheLife()
    {
        _tokens.Assign("alice", "a", 1, 1, out string token);
        for (int use = 0; use < 3; use++)
        {
            _clock.Advance(s_ttl - TimeSpan.FromSeconds(1));
            Assert.Equal("alice", _tokens.Find(token));
        }
        _clock.Advance(s_ttl + TimeSpan.FromSeconds(1));
        Assert.Null(_tokens.Find(token));
    }

    [Fact]
    public void Sweep_IdleAndUsedTokens_ForgetsTheIdle()
    {
        _tokens.Assign("alice", "a", 1, 1, out string idle);
        _clock.Advance(s_ttl);
        _tokens.Assign("bob", "b", 2, 1, out string fresh);
        _clock.Advance(TimeSpan.FromSeconds(1));
        _tokens.Sweep();
        Assert.Null(_tokens.Find(idle));
        Assert.Equal("bob", _tokens.Find(fresh));
    }

    [Fact]
    public void InvalidateUser_SeveralUsers_EndsOnlyHisTokens()
    {
        _tokens.Assign("alice", "a", 1, 1, out string first);
        _tokens.Assign("alice", "b", 2, 1, out string second);
        _tokens.Assign("bob", "c", 3, 1, out string other);
        _tokens.InvalidateUser("alice");
        Assert.Null(_tokens.Find(first));
        Assert.Null(_tokens.Find(second));
        Assert.Equal("bob", _tokens.Find(other));
    }

    [Fact]
    public void Disable_AuthenticationOff_KnowsNoToken()
    {
        _tokens.Assign("alice", "a", 1, 1, out string token);
        _tokens.Disable();
        _tokens.Assign("alice", "b", 2, 1, out string whileOff);
        _tokens.Enable();
        Assert.Null(_tokens.Find(token));
        Assert.Null(_tokens.Find(whileOff));
    }

    [Fact]
    public void NewPrefix_ManyTimes_IsLettersAndNeverRepeats()
    {
        string[] prefixes = [.. Enumerable.Range(0, 1000).Select(static _ => SimpleTokens.NewPrefix())];
        Assert.Equal(prefixes.Length, prefixes.Distinct(StringComparer.Ordinal).Count());
        Assert.All(prefixes, static prefix => Assert.Matches("^[a-zA-Z]{16}$", prefix));
    }
}
