using System.Text;
using Etcd.Foundation;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Raft;
using Etcd.Protocol.Rpc;
using Etcd.Protocol.Wire;
using Etcd.Store.Alarms;
using Etcd.Store.Auth;
using Etcd.Store.Lease;
using Etcd.Store.Membership;
using Etcd.Store.Mvcc;
using Etcd.Store.V2;
using Google.Protobuf;

namespace Etcd.Store.Apply;

/// <summary>Everything that the replicated log changes. The same entries give the same state and the same answers on
/// every member.</summary>
/// <remarks>Apply thread only. The owner brackets each call with the backend's BeginApply and EndApply, unless the entry
/// is in the database already, and publishes Mvcc after a batch.
/// <para>A request passes these gates, outermost first: administrator's rights, CORRUPT alarm, NOSPACE alarm, rights on
/// keys, the work itself; a full quota is told only after the work was done.</para></remarks>
public sealed class StateMachine
{
    private readonly MvccStore _mvcc;
    private readonly Lessor _lessor;
    private readonly AuthStore _auth;
    private readonly Cluster _cluster;
    private readonly AlarmStore _alarms;
    private readonly StateMachineOptions _options;
    private readonly AuthRequests _authRequests;
    private readonly ClusterRequests _clusterRequests;
    private readonly V2Requests _v2Requests;
    private bool _isDatabaseReady;

    public StateMachine(MvccStore mvcc, Lessor lessor, AuthStore auth, Cluster cluster, V2Store v2Store, AlarmStore alarms, StateMachineOptions options)
    {
        _mvcc = mvcc;
        _lessor = lessor;
        _auth = auth;
        _cluster = cluster;
        _alarms = alarms;
        _options = options;
        _authRequests = new AuthRequests(auth);
        _clusterRequests = new ClusterRequests(cluster, options.LocalMemberId);
        _v2Requests = new V2Requests(v2Store, _clusterRequests);
    }

    /// <summary>The request id inside an entry; 0 if it has none.</summary>
    /// <exception cref="WireFormatException">The entry is malformed.</exception>
    public static ulong RequestIdOf(in Entry entry)
    {
        if (entry.Data.IsEmpty)
            return 0;
        if (entry.Type == EntryType.ConfChange)
            return ConfChangeCodec.Read(entry.Data).Id;
        RaftRequestFields fields = RaftRequestFields.Parse(entry.Data.Span);
        return fields.Form == RaftRequestForm.V3 ? fields.Id : ReadV2(entry, fields).ID;
    }

    /// <summary>Applies one committed entry.</summary>
    /// <exception cref="InvariantException">The entry cannot be understood or contradicts the state: going on would make
    /// this member differ from the others.</exception>
    public AppliedEntry Apply(in Entry entry, in ApplyContext context)
    {
        if (!context.InDatabase && !_isDatabaseReady)
            PrepareDatabase();
        try
        {
            return entry.Type switch
            {
                EntryType.ConfChange => ApplyConfChange(ConfChangeCodec.Read(entry.Data), entry.Index, context),
                EntryType.Normal when entry.Data.IsEmpty => default,
                EntryType.Normal => ApplyNormal(entry, context),
                _ => throw new InvariantException($"entry {entry.Index} is of type {entry.Type}, which no etcd proposes"),
            };
        }
        catch (WireFormatException e)
        {
            throw new InvariantException($"entry {entry.Index} cannot be understood: {e.Message}");
        }
    }

    // Databases of older etcds are brought in order in the transaction of the first entry that is new to them.
    private void PrepareDatabase()
    {
        _isDatabaseReady = true;
        _cluster.RepairBuckets();
        _auth.StoreInitialRevision();
    }

    private AppliedEntry ApplyConfChange(ConfChange change, ulong index, in ApplyContext context)
    {
        ConfChange nothing = change with { NodeId = 0 };
        if (index <= _options.V2Index)
            return new AppliedEntry(0, default) { ConfChange = new AppliedConfChange(nothing, null) };
        (MembershipError? refusal, ApplyEffects effects) = _clusterRequests.Apply(change, context.InDatabase);
        ApplyResult result = refusal is { } reason ? ApplyResult.Refused(reason.ToEtcdError()) : ApplyResult.Done(0);
        return new AppliedEntry(change.Id, result)
        {
            Effects = effects,
            ConfChange = new AppliedConfChange(refusal is null ? change : nothing, refusal),
        };
    }

    private AppliedEntry ApplyNormal(in Entry entry, in ApplyContext context)
    {
        RaftRequestFields fields = RaftRequestFields.Parse(entry.Data.Span);
        bool isInV2Store = entry.Index <= _options.V2Index;
        if (fields.Form != RaftRequestForm.V3)
            return isInV2Store ? default : ApplyV2(ReadV2(entry, fields), context);
        var variant = (Variant)fields.Variant;
        ReadOnlyMemory<byte> body = entry.Data[fields.Body];
        if (variant is Variant.ClusterVersionSet or Variant.ClusterMemberAttrSet or Variant.DowngradeInfoSet)
            return isInV2Store ? default : ApplyCluster(variant, body.Span, fields.Id, context);
        if (context.InDatabase)
            return default;
        try
        {
            return ApplyV3(variant, body, fields, entry.Index, context.Now);
        }
        catch (Exception e) when (e is WireFormatException or InvalidProtocolBufferException)
        {
            // Nothing was changed yet. Every member refuses it alike, so no client can stop the cluster with it.
            var refusal = new EtcdError(StatusCode.Internal, $"etcdserver: malformed request: {e.Message}");
            return new AppliedEntry(fields.Id, ApplyResult.Refused(refusal));
        }
    }

    private static Request ReadV2(in Entry entry, in RaftRequestFields fields)
    {
        try
        {
            return Request.Parser.ParseFrom(entry.Data[fields.Body].Span);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new WireFormatException($"v2 request: {e.Message}");
        }
    }

    private AppliedEntry ApplyV2(Request request, in ApplyContext context)
    {
        V2Result result = _v2Requests.Apply(request, context, out ApplyEffects effects);
        return new AppliedEntry(request.ID, ApplyResult.Done(0)) { V2 = result, Effects = effects };
    }

    private AppliedEntry ApplyCluster(Variant variant, ReadOnlySpan<byte> body, ulong requestId, in ApplyContext context)
    {
        try
        {
            ApplyEffects effects = _clusterRequests.Apply(variant, body, context.InDatabase);
            return new AppliedEntry(requestId, ApplyResult.Done(_mvcc.AppliedRevision)) { Effects = effects };
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new WireFormatException($"{variant}: {e.Message}"); // Only members make these.
        }
    }

    private AppliedEntry ApplyV3(Variant variant, ReadOnlyMemory<byte> body, in RaftRequestFields fields, ulong index, TimeSpan now)
    {
        AuthView auth = _auth.Current;
        // Decoding the name is only worth it when somebody looks at it.
        Identity identity = auth.Enabled ? new Identity(Encoding.UTF8.GetString(fields.UserName), fields.AuthRevision) : Identity.None;
        EtcdError? refusal = AuthRequests.CheckCaller(auth, identity, variant) ?? CheckAlarms(variant, body.Span) ?? CheckKeys(variant, body.Span, auth, identity);
        if (refusal is not null)
            return new AppliedEntry(fields.Id, ApplyResult.Refused(refusal));
        bool hadRoom;
        switch (variant)
        {
            case Variant.Range:
                return new AppliedEntry(fields.Id, _mvcc.ApplyRange(body));
            case Variant.Put:
                hadRoom = HasRoomFor(RequestCost.Put(body.Span));
                return WithinQuota(fields.Id, hadRoom, _mvcc.Put(body));
            case Variant.DeleteRange:
                return new AppliedEntry(fields.Id, _mvcc.DeleteRange(body));
            case Variant.Txn:
                hadRoom = HasRoomFor(RequestCost.Txn(body.Span)); // Also finds what is malformed before anything is done.
                return WithinQuota(fields.Id, hadRoom, _mvcc.Txn(body));
            case Variant.Compaction:
                return Compact(fields.Id, CompactionRequest.Parser.ParseFrom(body.Span));
            case Variant.LeaseGrant:
                hadRoom = HasRoomFor(RequestCost.LeaseGrant);
                return WithinQuota(fields.Id, hadRoom, Grant(LeaseGrantRequest.Parser.ParseFrom(body.Span), now));
            case Variant.LeaseRevoke:
                return new AppliedEntry(fields.Id, Revoke(LeaseRevokeRequest.Parser.ParseFrom(body.Span).ID));
            case Variant.LeaseCheckpoint:
                return new AppliedEntry(fields.Id, Checkpoint(LeaseCheckpointRequest.Parser.ParseFrom(body.Span), now));
            case Variant.Alarm:
                return ApplyAlarm(fields.Id, AlarmRequest.Parser.ParseFrom(body.Span));
            case Variant.DowngradeVersionTest:
                return new AppliedEntry(fields.Id, ApplyResult.Done(_mvcc.AppliedRevision));
            case >= Variant.AuthEnable and <= Variant.RoleRevokePermission when Enum.IsDefined(variant):
                return ApplyAuth(variant, body.Span, identity, fields.Id, index);
            default:
                throw new InvariantException($"entry {index} holds request variant {fields.Variant}, which this version does not know; a newer member proposed it");
        }
    }

    private EtcdError? CheckAlarms(Variant variant, ReadOnlySpan<byte> body)
    {
        bool touchesKeys = variant is Variant.Put or Variant.Range or Variant.DeleteRange or Variant.Txn or Variant.Compaction or Variant.LeaseGrant or Variant.LeaseRevoke;
        if (touchesKeys && _alarms.HasCorrupt)
            return EtcdError.Corrupt;
        if (!_alarms.HasNoSpace)
            return null;
        bool needsSpace = variant is Variant.Put or Variant.LeaseGrant || (variant == Variant.Txn && RequestCost.Txn(body) > 0);
        return needsSpace ? EtcdError.NoSpace : null;
    }

    private EtcdError? CheckKeys(Variant variant, ReadOnlySpan<byte> body, AuthView auth, Identity identity)
    {
        if (!auth.Enabled)
            return null;
        switch (variant)
        {
            case Variant.Range:
                return KeyPermissions.CheckRange(auth, identity, body);
            case Variant.Put:
                return KeyPermissions.CheckPut(auth, identity, body, _lessor);
            case Variant.DeleteRange:
                return KeyPermissions.CheckDeleteRange(auth, identity, body);
            case Variant.Txn:
                return KeyPermissions.CheckTxn(auth, identity, body);
            case Variant.LeaseRevoke:
                return KeyPermissions.CheckLease(auth, identity, LeaseRevokeRequest.Parser.ParseFrom(body).ID, _lessor);
            default:
                return null;
        }
    }

    private bool HasRoomFor(long costBytes) => _options.Quota?.HasRoomFor(costBytes) ?? true;

    // Compat: a write over the quota is done all the same, so that members with other quotas have the same content; only
    // its answer and the alarm tell.
    private AppliedEntry WithinQuota(ulong requestId, bool hadRoom, ApplyResult result)
    {
        if (hadRoom || result.Error is not null)
            return new AppliedEntry(requestId, result);
        return new AppliedEntry(requestId, ApplyResult.Refused(EtcdError.NoSpace))
        {
            Effects = _alarms.HasNoSpace ? ApplyEffects.None : ApplyEffects.QuotaExceeded,
        };
    }

    private AppliedEntry Compact(ulong requestId, CompactionRequest request)
    {
        ApplyResult result = _mvcc.Compact(request.Revision, out CompactionHandle? removed);
        return new AppliedEntry(requestId, result) { Compaction = removed, AnswerWhenCompacted = request.Physical && removed is not null };
    }

    private ApplyResult Grant(LeaseGrantRequest request, TimeSpan now)
    {
        if (_lessor.Grant(request.ID, request.TTL, now, out long grantedSeconds) is { } refusal)
            return ApplyResult.Refused(refusal);
        return ApplyResult.Done(_mvcc.AppliedRevision, new LeaseGrantResponse { ID = request.ID, TTL = grantedSeconds }.ToByteArray());
    }

    private ApplyResult Revoke(long leaseId)
    {
        if (_lessor.KeysOf(leaseId) is not { } keys)
            return ApplyResult.Refused(EtcdError.LeaseNotFound);
        if (keys.Count > 0)
            _mvcc.DeleteKeys(keys);
        _lessor.Remove(leaseId);
        return ApplyResult.Done(_mvcc.AppliedRevision);
    }

    private ApplyResult Checkpoint(LeaseCheckpointRequest request, TimeSpan now)
    {
        bool persist = _options.PersistLeaseCheckpoints || _cluster.Current.Version >= ClusterVersion.V36;
        foreach (Protocol.Rpc.LeaseCheckpoint checkpoint in request.Checkpoints)
            _lessor.Checkpoint(new Lease.LeaseCheckpoint(checkpoint.ID, checkpoint.RemainingTTL), persist, now);
        return ApplyResult.Done(_mvcc.AppliedRevision);
    }

    private AppliedEntry ApplyAlarm(ulong requestId, AlarmRequest request)
    {
        var response = new AlarmResponse();
        bool isChange = false;
        switch (request.Action)
        {
            case AlarmRequest.Types.AlarmAction.Get:
                response.Alarms.AddRange(_alarms.Get(request.Alarm));
                break;
            case AlarmRequest.Types.AlarmAction.Activate when request.Alarm != AlarmType.None:
                response.Alarms.Add(_alarms.Activate(request.MemberID, request.Alarm));
                isChange = true;
                break;
            case AlarmRequest.Types.AlarmAction.Deactivate when _alarms.Deactivate(request.MemberID, request.Alarm) is { } ended:
                response.Alarms.Add(ended);
                isChange = true;
                break;
        }
        return new AppliedEntry(requestId, ApplyResult.Done(_mvcc.AppliedRevision, response.ToByteArray()))
        {
            Effects = isChange ? ApplyEffects.AlarmsChanged : ApplyEffects.None,
        };
    }

    private AppliedEntry ApplyAuth(Variant variant, ReadOnlySpan<byte> body, Identity identity, ulong requestId, ulong index)
    {
        AuthView before = _auth.Current;
        EtcdError? refusal = _authRequests.Apply(variant, body, identity, requestId, index, out ReadOnlyMemory<byte> response);
        ApplyResult result = refusal is null ? ApplyResult.Done(_mvcc.AppliedRevision, response) : ApplyResult.Refused(refusal);
        return new AppliedEntry(requestId, result) { Effects = ReferenceEquals(before, _auth.Current) ? ApplyEffects.None : ApplyEffects.AuthChanged };
    }
}
