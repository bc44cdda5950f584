using Etcd.Store.Backend;

namespace Etcd.Store.Auth;

/// <summary>Users, roles and permissions (role based access control), as buckets auth, authUsers and authRoles keep them.</summary>
/// <remarks>Changed by the apply thread; readers take <see cref="Current"/>.</remarks>
public sealed class AuthStore
{
    public AuthStore(IBackend backend, IAuthTokens tokens, int bcryptCost) => throw new NotSupportedException();

    public AuthView Current => throw new NotSupportedException();
}
