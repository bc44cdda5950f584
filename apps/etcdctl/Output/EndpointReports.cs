using Etcd.Protocol.Rpc;

namespace Etcdctl.Output;

/// <param name="Error">Empty if the endpoint is healthy.</param>
internal sealed record EndpointHealth(string Endpoint, bool IsHealthy, string Took, string Error);

internal sealed record EndpointStatus(string Endpoint, StatusResponse Status);

internal sealed record EndpointHashKv(string Endpoint, HashKVResponse HashKv);
