using Etcd.Store.V2;

namespace Etcd.Store.Tests.V2;

/// <summary>spec v2 §1.9.</summary>
public sealed class V2WatchTests
{
    private readonly V2Store _store = new();
    private int _wakeUps;

    [Fact]
    public void LongPoll_OneEvent_ThenFinished()
    {
        V2Watcher watcher = Watch("/1/a");
        Assert.Equal(0ul, watcher.StartIndex);
        Set("/1/b");
        Assert.Empty(V2StoreTests.Drain(watcher));
        Set("/1/a");
        Set("/1/a");
        Assert.Equal(1, _wakeUps);
        Assert.False(watcher.IsFinished);
        Assert.Equal(["set /1/a 2"], V2StoreTests.Drain(watcher));
        Assert.True(watcher.IsFinished);
        Assert.Equal(0ul, _store.Statistic(V2Counter.Watchers));
    }

    [Fact]
    public void Stream_ManyEvents_UntilRemoved()
    {
        V2Watcher watcher = Watch("/1/a", stream: true);
        Set("/1/a");
        Set("/1/a");
        watcher.Remove();
        watcher.Remove();
        Set("/1/a");
        Assert.Equal(["set /1/a 1", "set /1/a 2"], V2StoreTests.Drain(watcher));
        Assert.True(watcher.IsFinished);
        Assert.Equal(0ul, _store.Statistic(V2Counter.Watchers));
    }

    [Fact]
    public void Recursive_HearsOfEverythingBelow_NotRecursiveDoesNot()
    {
        V2Watcher recursive = Watch("/1/d", recursive: true, stream: true);
        V2Watcher root = Watch("/", recursive: true, stream: true);
        V2Watcher exact = Watch("/1/d", stream: true);
        Set("/1/d/a/b");
        Set("/1/da");
        Assert.Equal(["set /1/d/a/b 1"], V2StoreTests.Drain(recursive));
        Assert.Equal(["set /1/d/a/b 1", "set /1/da 2"], V2StoreTests.Drain(root));
        Assert.Empty(V2StoreTests.Drain(exact));
    }

    [Fact]
    public void Delete_OfAnAncestor_WakesWatchesBelow()
    {
        Set("/1/d/e/f");
        V2Watcher file = Watch("/1/d/e/f");
        V2Watcher missing = Watch("/1/d/e/g");
        Assert.NotNull(_store.Delete("/1/d", directory: true, recursive: true, now: 0).Event);
        Assert.Equal(["delete /1/d 2"], V2StoreTests.Drain(file));
        Assert.Empty(V2StoreTests.Drain(missing)); // Nothing was there to be removed.
    }

    // A stream hears of the removal of its own node twice: as one that goes away, and as the one the event is about.
    [Fact]
    public void Delete_OwnNode_StreamHearsTwice_LongPollOnce()
    {
        Set("/1/a");
        V2Watcher stream = Watch("/1/a", stream: true);
        V2Watcher longPoll = Watch("/1/a");
        Assert.NotNull(_store.Delete("/1/a", directory: false, recursive: false, now: 0).Event);
        Assert.Equal(["delete /1/a 2", "delete /1/a 2"], V2StoreTests.Drain(stream));
        Assert.Equal(["delete /1/a 2"], V2StoreTests.Drain(longPoll));
    }

    [Fact]
    public void Hidden_OnlyWatchesThatNameItHear()
    {
        V2Watcher above = Watch("/1", recursive: true, stream: true);
        V2Watcher within = Watch("/1/_h", recursive: true, stream: true);
        V2Watcher exact = Watch("/1/_h/a", stream: true);
        Set("/1/_h/a");
        Assert.Empty(V2StoreTests.Drain(above));
        Assert.Equal(["set /1/_h/a 1"], V2StoreTests.Drain(within));
        Assert.Equal(["set /1/_h/a 1"], V2StoreTests.Drain(exact));
    }

    [Fact]
    public void PastIndex_AnsweredFromHistory_AtOnce()
    {
        Set("/1/a");
        Set("/1/b");
        Set("/1/_h/x");
        V2Watcher watcher = Watch("/1/b", since: 1);
        Assert.Equal(["set /1/b 2"], V2StoreTests.Drain(watcher));
        Assert.True(watcher.IsFinished);
        Assert.Equal(1, _wakeUps);
        Assert.Equal(3ul, watcher.StartIndex);
        // Hidden keys show in history.
        Assert.Equal(["set /1/_h/x 3"], V2StoreTests.Drain(Watch("/1", recursive: true, since: 3)));
    }

    [Fact]
    public void PastIndex_NothingMatches_Waits()
    {
        Set("/1/a");
        V2Watcher watcher = Watch("/1/b", since: 1);
        Set("/1/b");
        Assert.Equal(["set /1/b 2"], V2StoreTests.Drain(watcher));
    }

    [Fact]
    public void FutureIndex_WaitsForIt()
    {
        V2Watcher watcher = Watch("/1/a", since: 3);
        Set("/1/a");
        Set("/1/a");
        Assert.Empty(V2StoreTests.Drain(watcher));
        Set("/1/a");
        Assert.Equal(["set /1/a 3"], V2StoreTests.Drain(watcher));
    }

    [Fact]
    public void History_Keeps1000Events()
    {
        for (int i = 0; i < 1031; i++)
            Set("/1/a");
        V2Error? error = _store.Watch("/1/a", recursive: false, stream: false, 5, static () => { }, out V2Watcher? none);
        Assert.Equal(new V2Error(V2ErrorCode.EventIndexCleared, "the requested history has been cleared [32/5]", 1031), error);
        Assert.Null(none);
        Assert.Equal(["set /1/a 32"], V2StoreTests.Drain(Watch("/1/a", since: 32)));
        Assert.Equal(["set /1/a 1031"], V2StoreTests.Drain(Watch("/1/a", since: 1031)));
    }

    [Fact]
    public void History_SurvivesSaveAndRecover()
    {
        for (int i = 0; i < 1005; i++)
            Set("/1/a");
        _store.Recover(_store.Save());
        Assert.Equal(["set /1/a 6"], V2StoreTests.Drain(Watch("/1/a", since: 6)));
        Assert.NotNull(_store.Watch("/1/a", recursive: false, stream: false, 5, static () => { }, out _));
        Set("/1/a");
        Assert.Equal(["set /1/a 1006"], V2StoreTests.Drain(Watch("/1/a", since: 1006)));
    }

    [Fact]
    public void Overflow_StreamEndsBehindWhatItHas()
    {
        V2Watcher watcher = Watch("/1/a", stream: true);
        for (int i = 0; i < 150; i++)
            Set("/1/a");
        Assert.Equal(0ul, _store.Statistic(V2Counter.Watchers));
        Assert.False(watcher.IsFinished);
        Assert.Equal(100, V2StoreTests.Drain(watcher).Count);
        Assert.True(watcher.IsFinished);
    }

    private V2Watcher Watch(string path, bool recursive = false, bool stream = false, ulong since = 0)
    {
        Assert.Null(_store.Watch(path, recursive, stream, since, () => _wakeUps++, out V2Watcher? watcher));
        return watcher!;
    }

    private void Set(string path) => Assert.NotNull(_store.Set(path, directory: false, "x", V2Expiry.Never, now: 0).Event);
}
