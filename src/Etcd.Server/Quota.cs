using Etcd.Store.Apply;
using Etcd.Store.Backend;

namespace Etcd.Server;

/// <summary><c>--quota-backend-bytes</c>: no room once size and cost together reach the quota (spec peer §11.3).</summary>
internal sealed class Quota(BatchingBackend backend) : IQuota
{
    public bool HasRoomFor(long costBytes) => costBytes == 0 || backend.SizeBytes + costBytes < backend.QuotaBytes;
}
