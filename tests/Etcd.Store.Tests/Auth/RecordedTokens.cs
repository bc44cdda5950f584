using Etcd.Protocol.Errors;
using Etcd.Store.Auth;

namespace Etcd.Store.Tests.Auth;

/// <summary>Notes what the auth store asks of the tokens.</summary>
internal sealed class RecordedTokens : IAuthTokens
{
    public List<string> Calls { get; } = [];

    public EtcdError? Assign(string userName, string simpleToken, ulong index, ulong authRevision, out string token)
    {
        token = $"{simpleToken}.{index}";
        Calls.Add($"assign {userName} {token} at {authRevision}");
        return null;
    }

    public void InvalidateUser(string userName) => Calls.Add($"invalidate {userName}");

    public void Enable() => Calls.Add("enable");

    public void Disable() => Calls.Add("disable");
}
