namespace Etcd.Store.Apply;

/// <summary>Whether the database has room (<c>--quota-backend-bytes</c>).</summary>
public interface IQuota
{
    bool HasRoomFor(long costBytes);
}
