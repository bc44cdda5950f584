using Etcd.Protocol.Kv;
using Etcd.Protocol.Rpc;

namespace Etcdctl.Output;

/// <summary>What one response of a watch tells, events or its end.</summary>
internal sealed record WatchReport(ResponseHeader Header, IReadOnlyList<Event> Events, long CompactRevision = 0, bool IsCanceled = false);
