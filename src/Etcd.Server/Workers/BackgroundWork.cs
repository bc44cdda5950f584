using System.Text;
using Etcd.Foundation.Files;
using Etcd.Foundation.Logging;
using Etcd.Foundation.Threading;
using Etcd.Protocol.Raft;
using Etcd.Protocol.Rpc;
using Etcd.Server.Leases;
using Etcd.Server.Loop;
using Etcd.Server.Tokens;
using Etcd.Store.Backend;
using Etcd.Store.Membership;
using Etcd.Wal;
using Google.Protobuf;

namespace Etcd.Server.Workers;

/// <summary>What a member does by the clock: ticks, deadlines, leases, compaction, purging, watchers that catch up.</summary>
internal sealed class BackgroundWork : IDisposable
{
    private static readonly TimeSpan s_sweepInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_purgeInterval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_watchInterval = TimeSpan.FromMilliseconds(100);

    private readonly MemberEngine _engine;
    private readonly SimpleTokens _tokens;
    private readonly Logger _log;
    private readonly List<Ticker> _tickers = [];
    private readonly OwnerThread _compaction, _watchers;
    private int _raisingNoSpace;

    public BackgroundWork(MemberEngine engine, SimpleTokens tokens, Logger log)
    {
        (_engine, _tokens, _log) = (engine, tokens, log);
        _compaction = new OwnerThread("etcd-compaction", Compact, Report("compaction"));
        _watchers = new OwnerThread("etcd-watchers", CatchUp, Report("watchers"));
    }

    public void Start(IFileSystem files)
    {
        MemberOptions options = _engine.Options;
        _engine.Rooms.Mvcc.Watches.WorkArrived = _watchers.Wake;
        _watchers.Start();
        _compaction.Start();
        _compaction.Wake();

        Every(options.HeartbeatInterval, () => _engine.Tell(LoopEvent.Tick.Instance));
        Every(s_sweepInterval, _engine.Proposer.Sweep);
        Every(s_sweepInterval, _tokens.Sweep);
        Every(s_watchInterval, _watchers.Wake);
        Every(s_watchInterval, _compaction.Wake);
        var leases = new LeaseWorker(_engine.Rooms.Leases, ProposeAsync, () => _engine.Apply.Now, _log.For("server/leases"));
        Every(LeaseWorker.Interval, leases.Scan);
        Every(s_purgeInterval, () => Purge(files, options));
        var compactor = new AutoCompactor(
            options.AutoCompactionPeriod,
            options.AutoCompactionRevisions,
            () => _engine.Rooms.Mvcc.CurrentRevision,
            () => _engine.View.IsLeader,
            revision => ProposeAsync(RequestKind.Compaction, new CompactionRequest { Revision = revision }),
            _log.For("server/auto-compaction"));
        if (compactor.Interval is { } interval)
            Every(interval, () => _ = compactor.Step());
    }

    /// <summary>The only voter need not wait for an election timeout: nobody else could win.</summary>
    public void CampaignIfAlone()
    {
        if (_engine.View.IsSoleVoter)
            _engine.Tell(new LoopEvent.Campaign());
    }

    public void RaiseNoSpace()
    {
        if (Interlocked.Exchange(ref _raisingNoSpace, 1) == 1)
            return;
        var alarm = new AlarmRequest { Action = AlarmRequest.Types.AlarmAction.Activate, MemberID = _engine.MemberId, Alarm = AlarmType.Nospace };
        _log.Warn("database size exceeds quota; raising NOSPACE alarm", LogField.Hex("local-member-id", _engine.MemberId));
        _ = ProposeAsync(RequestKind.Alarm, alarm).ContinueWith(_ => Volatile.Write(ref _raisingNoSpace, 0), TaskScheduler.Default);
    }

    /// <summary>Apply thread, inside the entry that set it: records which database schema this is (etcd 3.6 and later read it)
    /// and lets the log speak the new dialect.</summary>
    public void ClusterVersionChanged(bool replayed)
    {
        if (_engine.Rooms.Cluster.Current.Version is not { } version)
            return;
        if (!replayed && (version.Major, version.Minor).CompareTo((3, 6)) >= 0)
            _engine.Rooms.Backend.Put(Bucket.Meta, "storageVersion"u8.ToArray(), Encoding.ASCII.GetBytes($"{version.Major}.{version.Minor}.0"));
        _engine.UseDialect(DialectOf(version));
        _log.Info("updated cluster version", ("cluster-id", _engine.ClusterId.ToString("x")), ("cluster-version", $"{version.Major}.{version.Minor}"));
    }

    public static WireDialect DialectOf(ClusterVersion? version) => version switch
    {
        { Major: 3, Minor: <= 5 } => WireDialect.Gogo,
        { Major: 3, Minor: 6 } => WireDialect.Gogo36,
        _ => WireDialect.V37,
    };

    public void Dispose()
    {
        foreach (Ticker ticker in _tickers)
            ticker.Dispose();
        _watchers.Dispose();
        _compaction.Dispose();
    }

    private void Every(TimeSpan interval, Action work) => _tickers.Add(new Ticker(_engine.Clock, interval, work));

    private Task ProposeAsync(RequestKind kind, IMessage request) =>
        _engine.Proposer.ProposeAsync(kind, request, _engine.Stopping).AsTask();

    private void CatchUp()
    {
        while (!_engine.Stopping.IsCancellationRequested && _engine.Rooms.Mvcc.Watches.CatchUpStep())
        {
        }
    }

    private void Compact()
    {
        while (!_engine.Stopping.IsCancellationRequested && _engine.Rooms.Mvcc.CompactionStep())
            _engine.Stopping.WaitHandle.WaitOne(_engine.Options.CompactionSleepInterval);
    }

    private void Purge(IFileSystem files, MemberOptions options)
    {
        try
        {
            PurgeOne(files, options.SnapDirectory, PurgeKind.Databases, options.MaxSnapshotFiles);
            PurgeOne(files, options.SnapDirectory, PurgeKind.Snapshots, options.MaxSnapshotFiles);
            PurgeOne(files, options.LogDirectory, PurgeKind.Segments, options.MaxWalFiles);
        }
        catch (IOException exception)
        {
            _log.Warn("failed to purge files", LogField.Error(exception));
        }
    }

    private void PurgeOne(IFileSystem files, string directory, PurgeKind kind, int maxFiles)
    {
        PurgeResult result = FilePurge.Run(files, directory, kind, maxFiles);
        foreach (string path in result.Deleted)
            _log.Info("purged", ("path", path));
        if (result.BlockedBy is not null)
            _log.Warn("failed to lock file", ("path", result.BlockedBy));
    }

    private Action<Exception> Report(string what) => exception => _engine.Fail(new InvalidOperationException($"{what} failed: {exception.Message}", exception));
}
