using System.Globalization;
using Etcd.Protocol.Rpc;
using Etcdctl.Text;

namespace Etcdctl.Output;

/// <summary>The answers that have rows: joined by commas in the simple format, boxed in the table format.</summary>
internal static class Tables
{
    public static readonly string[] MemberHeader = ["ID", "Status", "Name", "Peer Addrs", "Client Addrs", "Is Learner"];

    public static readonly string[] HealthHeader = ["endpoint", "health", "took", "error"];

    public static readonly string[] StatusHeader =
    [
        "endpoint", "ID", "version", "storage version", "db size", "in use", "percentage not in use", "quota", "is leader", "is learner",
        "raft term", "raft index", "raft applied index", "errors", "downgrade target version", "downgrade enabled",
    ];

    public static readonly string[] HashKvHeader = ["endpoint", "hash", "hash revision"];

    public static List<string[]> Members(MemberListResponse response) => [.. response.Members.Select(member => new[]
    {
        Hex(member.ID),
        member.Name.Length == 0 ? "unstarted" : "started",
        member.Name,
        string.Join(',', member.PeerURLs),
        string.Join(',', member.ClientURLs),
        Bool(member.IsLearner),
    })];

    public static List<string[]> Health(IEnumerable<EndpointHealth> endpoints) =>
        [.. endpoints.Select(health => new[] { health.Endpoint, Bool(health.IsHealthy), health.Took, health.Error })];

    public static List<string[]> Status(IEnumerable<EndpointStatus> endpoints) => [.. endpoints.Select(report =>
    {
        StatusResponse status = report.Status;
        return new[]
        {
            report.Endpoint,
            Hex(status.Header.MemberId),
            status.Version,
            status.StorageVersion,
            ByteCount.Format((ulong)status.DbSize),
            ByteCount.Format((ulong)status.DbSizeInUse),
            $"{PercentNotInUse(status)}%",
            ByteCount.Format((ulong)status.DbSizeQuota),
            Bool(status.Leader == status.Header.MemberId),
            Bool(status.IsLearner),
            Number(status.RaftTerm),
            Number(status.RaftIndex),
            Number(status.RaftAppliedIndex),
            string.Join(", ", status.Errors),
            status.DowngradeInfo?.TargetVersion ?? "",
            Bool(status.DowngradeInfo?.Enabled ?? false),
        };
    })];

    public static List<string[]> HashKvs(IEnumerable<EndpointHashKv> endpoints) =>
        [.. endpoints.Select(report => new[] { report.Endpoint, Number(report.HashKv.Hash), report.HashKv.HashRevision.ToString(CultureInfo.InvariantCulture) })];

    public static string Hex(ulong id) => id.ToString("x", CultureInfo.InvariantCulture);

    public static string Bool(bool value) => value ? "true" : "false";

    // A file that is not there yet has nothing in it that is unused.
    private static long PercentNotInUse(StatusResponse status) => status.DbSize == 0 ? 0 : 100 - (status.DbSizeInUse * 100 / status.DbSize);

    private static string Number(ulong value) => value.ToString(CultureInfo.InvariantCulture);
}
