using Etcd.Protocol.Errors;

namespace Etcd.Store.Auth;

/// <summary>The tokens of logged-in users, which live beside the replicated state: each member keeps its own.</summary>
/// <remarks>Called by the apply thread.</remarks>
public interface IAuthTokens
{
    /// <summary>A user logged in: makes (JWT) or remembers (simple) the token.</summary>
    /// <param name="userName">Exists and has a password.</param>
    /// <param name="simpleToken">Random prefix from the request.</param>
    /// <param name="index">Raft index of the Authenticate entry, the second half of a simple token.</param>
    /// <param name="authRevision">Revision of the auth store that the token is good for.</param>
    /// <param name="token">What the client gets.</param>
    EtcdError? Assign(string userName, string simpleToken, ulong index, ulong authRevision, out string token);

    /// <summary>Password changed or user deleted: all tokens of the user die.</summary>
    void InvalidateUser(string userName);

    /// <summary>Authentication was switched on (also at start-up).</summary>
    void Enable();

    /// <summary>Authentication was switched off: all tokens die.</summary>
    void Disable();
}
