using System.Text;
using Etcd.Foundation.Ids;
using Etcd.Foundation.Logging;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Membership;
using Etcd.Protocol.Rpc;
using Etcd.Server.Proposals;
using Etcd.Store.Membership;
using Google.Protobuf;

namespace Etcd.Server.Publishing;

/// <summary>Tells the cluster this member's name and client URLs, and decides the cluster version when this member leads.
/// Both in the words that the cluster's version understands: v2 requests up to 3.5, requests of their own from 3.6.</summary>
internal sealed class Publisher(ulong memberId, ulong clusterId, MemberOptions options, Cluster cluster, Proposer proposer, RequestIdGenerator ids, Logger log)
{
    private static readonly TimeSpan s_retry = TimeSpan.FromMilliseconds(100);
    private static readonly ClusterVersion s_ours = new(3, 7, 0);

    private Store.Membership.Member Self => new(memberId) { Name = options.Name, ClientUrls = options.ClientUrls };

    /// <summary>A new cluster has no version yet and only members of our kind.</summary>
    private bool SpeaksV2 => cluster.Current.Version is { } version && version < ClusterVersion.V36;

    /// <summary>Returns when the cluster has accepted this member's attributes, however long it takes to find a leader.</summary>
    public async Task PublishAsync(CancellationToken stopping)
    {
        while (true)
        {
            EtcdError? refused = SpeaksV2
                ? await PutV2Async($"/0/members/{memberId:x}/attributes", Encoding.UTF8.GetString(MemberJson.EncodeAttributes(Self)), stopping)
                : await SetAttributesAsync(stopping);
            if (refused is null)
                break;
            log.Warn("failed to publish local member to cluster through raft", ("error", refused.Message));
            await Task.Delay(s_retry, stopping);
        }
        log.Info(
            "published local member to cluster through raft",
            LogField.Hex("local-member-id", memberId),
            ("local-member-attributes", $"{{Name:{options.Name} ClientURLs:[{string.Join(' ', options.ClientUrls)}]}}"),
            LogField.Hex("cluster-id", clusterId),
            ("publish-timeout", options.RequestTimeout));
    }

    /// <summary>Leader: sets the first version of a new cluster; raises an older one unless it is to be held.</summary>
    public async Task DecideVersionAsync(CancellationToken stopping)
    {
        ClusterVersion? current = cluster.Current.Version;
        if (current is { } known && (options.HoldClusterVersion || known.CompareTo(s_ours) >= 0))
            return;
        log.Info(current is null ? "setting up initial cluster version using v3 API" : "updating cluster version using v3 API", ("cluster-version", "3.7"));
        EtcdError? refused = SpeaksV2
            ? await PutV2Async("/0/version", s_ours.ToString(), stopping)
            : (await proposer.ProposeAsync(RequestKind.ClusterVersionSet, new ClusterVersionSetRequest { Ver = s_ours.ToString() }, stopping)).Error;
        if (refused is not null)
            log.Warn("failed to update cluster version", ("error", refused.Message));
    }

    private async Task<EtcdError?> SetAttributesAsync(CancellationToken stopping)
    {
        var request = new ClusterMemberAttrSetRequest { MemberID = memberId, MemberAttributes = new Attributes { Name = options.Name } };
        request.MemberAttributes.ClientUrls.AddRange(options.ClientUrls);
        return (await proposer.ProposeAsync(RequestKind.ClusterMemberAttrSet, request, stopping)).Error;
    }

    /// <summary>A v2 PUT as Go 3.4 and 3.5 write it: every field but the conditions is present, also when zero.</summary>
    private async Task<EtcdError?> PutV2Async(string path, string value, CancellationToken stopping)
    {
        ulong id = ids.Next();
        var request = new Request
        {
            ID = id,
            Method = "PUT",
            Path = path,
            Val = value,
            Dir = false,
            PrevValue = "",
            PrevIndex = 0,
            Expiration = 0,
            Wait = false,
            Since = 0,
            Recursive = false,
            Sorted = false,
            Quorum = false,
            Time = 0,
            Stream = false,
        };
        return (await proposer.ProposeRawAsync(id, request.ToByteArray(), stopping)).Error;
    }
}
