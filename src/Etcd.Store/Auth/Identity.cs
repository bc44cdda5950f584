namespace Etcd.Store.Auth;

/// <summary>Who asks.</summary>
/// <param name="UserName">Empty without credentials.</param>
/// <param name="AuthRevision">Auth revision the credentials were checked against; 0 without credentials.</param>
public readonly record struct Identity(string UserName, ulong AuthRevision)
{
    public static Identity None => new("", 0);
}
