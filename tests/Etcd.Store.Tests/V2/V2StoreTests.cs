using System.Buffers;
using System.Text;
using Etcd.Store.V2;

namespace Etcd.Store.Tests.V2;

/// <summary>The rules of spec v2 §1, one by one. Paths here are as the store has them, below "/1".</summary>
public sealed class V2StoreTests
{
    private const long Second = 1_000_000_000;
    private const long Now = 1_700_000_000 * Second;

    private readonly V2Store _store = new();

    [Fact]
    public void Get_EmptyStore_RootDirectory() =>
        Assert.Equal("""{"action":"get","node":{"dir":true}}""", Show(_store.Get("/1", recursive: false, Now)));

    // spec v2 §1.11
    [Fact]
    public void Transcript_Set_GetsNewIndexes()
    {
        Assert.Equal("""{"action":"set","node":{"key":"/foo","value":"bar","modifiedIndex":1,"createdIndex":1}}""", Show(Set("/1/foo", "bar")));
        Assert.Equal(
            """{"action":"set","node":{"key":"/foo","value":"bar2","modifiedIndex":2,"createdIndex":2},"prevNode":{"key":"/foo","value":"bar","modifiedIndex":1,"createdIndex":1}}""",
            Show(Set("/1/foo", "bar2")));
        Assert.Equal(
            """{"action":"compareAndSwap","node":{"key":"/foo","value":"2","modifiedIndex":3,"createdIndex":2},"prevNode":{"key":"/foo","value":"bar2","modifiedIndex":2,"createdIndex":2}}""",
            Show(_store.CompareAndSwap("/1/foo", "bar2", 0, "2", V2Expiry.Never, Now)));
        Assert.Equal(
            """{"errorCode":101,"message":"Compare failed","cause":"[7 != 2] [1 != 3]","index":3}""",
            Show(_store.CompareAndSwap("/1/foo", "7", 1, "2", V2Expiry.Never, Now)));
        Assert.Equal(
            """{"action":"compareAndDelete","node":{"key":"/foo","modifiedIndex":4,"createdIndex":2},"prevNode":{"key":"/foo","value":"2","modifiedIndex":3,"createdIndex":2}}""",
            Show(_store.CompareAndDelete("/1/foo", "2", 0, Now)));
        Assert.Equal("""{"errorCode":100,"message":"Key not found","cause":"/foo","index":4}""", Show(_store.Get("/1/foo", recursive: false, Now)));
    }

    [Fact]
    public void Create_InOrder_NameIsTheIndex()
    {
        Set("/1/a", "x");
        Assert.Equal(
            """{"action":"create","node":{"key":"/queue/00000000000000000002","value":"j1","modifiedIndex":2,"createdIndex":2}}""",
            Show(_store.Create("/1/queue", directory: false, "j1", inOrder: true, V2Expiry.Never, Now)));
        Assert.True(_store.Create("/1/q", directory: true, "", inOrder: true, V2Expiry.Never, Now).Event!.Node.IsDirectory);
        Assert.Equal(V2ErrorCode.NotDirectory, _store.Create("/1/a", directory: false, "", inOrder: true, V2Expiry.Never, Now).Error!.Code);
        Assert.Null(_store.Create("/", directory: false, "", inOrder: true, V2Expiry.Never, Now).Error);
    }

    [Fact]
    public void Create_Existing_IsRefused()
    {
        Set("/1/a", "x");
        _store.Set("/1/d", directory: true, "", V2Expiry.Never, Now);
        Refused(V2ErrorCode.NodeExists, "/1/a", _store.Create("/1/a", directory: false, "", inOrder: false, V2Expiry.Never, Now));
        Refused(V2ErrorCode.NodeExists, "/1/d", _store.Create("/1/d", directory: true, "", inOrder: false, V2Expiry.Never, Now));
    }

    [Fact]
    public void Set_Directories()
    {
        Assert.True(_store.Set("/1/a", directory: true, "ignored", V2Expiry.Never, Now).Event!.IsCreation);
        Refused(V2ErrorCode.NotFile, "/1/a", _store.Set("/1/a", directory: true, "", V2Expiry.Never, Now));
        Refused(V2ErrorCode.NotFile, "/1/a", Set("/1/a", "x"));
        Set("/1/f", "value");
        V2Event replaced = _store.Set("/1/f", directory: true, "", V2Expiry.Never, Now).Event!;
        Assert.True(replaced.Node.IsDirectory);
        Assert.Equal("value", replaced.PrevNode!.Value);
        Assert.False(replaced.IsCreation);
    }

    [Fact]
    public void Set_BelowAValue_IsRefused()
    {
        Set("/1/a/b/c", "x");
        Refused(V2ErrorCode.NotDirectory, "/1/a/b/c", Set("/1/a/b/c/d", "y"));
        Refused(V2ErrorCode.NotDirectory, "/1/a/b/c", _store.Create("/1/a/b/c/d/e", directory: false, "y", inOrder: false, V2Expiry.Never, Now));
        Assert.Equal(1ul, _store.Index);
    }

    [Fact]
    public void Set_MissingParents_ShareTheIndexAndNeverExpire()
    {
        _store.Set("/1/a/b", directory: false, "x", new V2Expiry(Now + Second), Now);
        V2NodeView parent = _store.Get("/1/a", recursive: false, Now).Event!.Node;
        Assert.Equal((1ul, 1ul, 0L), (parent.CreatedIndex, parent.ModifiedIndex, parent.Expiration));
    }

    [Fact]
    public void Update_KeepsTheCreatedIndex_MissingKeyIsRefused()
    {
        Set("/1/a", "x");
        Refused(V2ErrorCode.KeyNotFound, "/1/b", _store.Update("/1/b/c", "y", V2Expiry.Never, Now));
        V2Event updated = _store.Update("/1/a", "y", V2Expiry.Never, Now).Event!;
        Assert.Equal((1ul, 2ul, "y", "x"), (updated.Node.CreatedIndex, updated.Node.ModifiedIndex, updated.Node.Value, updated.PrevNode!.Value));
    }

    [Fact]
    public void Update_Directory_OnlyTheTtl_AndItKeepsItsModifiedIndex()
    {
        _store.Set("/1/d", directory: true, "", V2Expiry.Never, Now);
        Refused(V2ErrorCode.NotFile, "/1/d", _store.Update("/1/d", "x", V2Expiry.Never, Now));
        V2Event updated = _store.Update("/1/d", "", new V2Expiry(Now + 100 * Second), Now).Event!;
        Assert.Equal((2ul, 100L, true), (updated.Node.ModifiedIndex, updated.Node.TtlSeconds, updated.Node.IsDirectory));
        Assert.Equal(1ul, _store.Get("/1/d", recursive: false, Now).Event!.Node.ModifiedIndex);
        Assert.Equal(2ul, _store.Index);
    }

    [Fact]
    public void Delete_Rules()
    {
        Set("/1/d/a", "x");
        Refused(V2ErrorCode.NotFile, "/1/d", _store.Delete("/1/d", directory: false, recursive: false, Now));
        Refused(V2ErrorCode.DirectoryNotEmpty, "/1/d", _store.Delete("/1/d", directory: true, recursive: false, Now));
        Assert.Null(_store.Delete("/1/d/a", directory: true, recursive: false, Now).Error);
        V2Event removed = _store.Delete("/1/d", directory: true, recursive: false, Now).Event!;
        Assert.Equal("""{"action":"delete","node":{"key":"/d","dir":true,"modifiedIndex":3,"createdIndex":1},"prevNode":{"key":"/d","dir":true,"modifiedIndex":1,"createdIndex":1}}""", Show(removed));
        Set("/1/d/a/b/c", "x");
        Assert.Null(_store.Delete("/1/d", directory: false, recursive: true, Now).Error);
        Refused(V2ErrorCode.KeyNotFound, "/1/d", _store.Delete("/1/d", directory: false, recursive: false, Now));
    }

    [Fact]
    public void CompareAndX_OnDirectory_IsRefused()
    {
        _store.Set("/1/d", directory: true, "", V2Expiry.Never, Now);
        Refused(V2ErrorCode.NotFile, "/1/d", _store.CompareAndSwap("/1/d", "x", 0, "y", V2Expiry.Never, Now));
        Refused(V2ErrorCode.NotFile, "/1/d", _store.CompareAndDelete("/1/d", "x", 0, Now));
    }

    [Theory]
    [InlineData("x", 1, null)]
    [InlineData("", 1, null)]
    [InlineData("x", 0, null)]
    [InlineData("y", 1, "[y != x]")]
    [InlineData("x", 2, "[2 != 1]")]
    [InlineData("y", 2, "[y != x] [2 != 1]")]
    public void CompareAndDelete_Causes(string prevValue, ulong prevIndex, string? cause)
    {
        Set("/1/a", "x");
        V2Result result = _store.CompareAndDelete("/1/a", prevValue, prevIndex, Now);
        Assert.Equal(cause, result.Error?.Cause);
        Assert.Equal(cause is null, result.Event is not null);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/1")]
    [InlineData("/0/")]
    [InlineData("/1/a/../")]
    public void Write_Roots_AreReadOnly(string path)
    {
        Refused(V2ErrorCode.RootReadOnly, "/", Set(path, "x"));
        Refused(V2ErrorCode.RootReadOnly, "/", _store.Create(path, directory: false, "", inOrder: false, V2Expiry.Never, Now));
        Refused(V2ErrorCode.RootReadOnly, "/", _store.Update(path, "", V2Expiry.Never, Now));
        Refused(V2ErrorCode.RootReadOnly, "/", _store.Delete(path, directory: true, recursive: true, Now));
        Refused(V2ErrorCode.RootReadOnly, "/", _store.CompareAndSwap(path, "x", 0, "", V2Expiry.Never, Now));
        Refused(V2ErrorCode.NotFile, V2Path.Clean(path), _store.CompareAndDelete(path, "x", 0, Now));
    }

    [Fact]
    public void Get_Hidden_OnlyByItsExactName()
    {
        Set("/1/d/_hidden/x", "1");
        Set("/1/d/shown", "2");
        Set("/1/d/a", "3");
        Assert.Equal(["/1/d/a", "/1/d/shown"], _store.Get("/1/d", recursive: true, Now).Event!.Node.Nodes.Select(static node => node.Key));
        Assert.Equal(["/1/d/_hidden/x"], _store.Get("/1/d/_hidden", recursive: false, Now).Event!.Node.Nodes.Select(static node => node.Key));
    }

    [Fact]
    public void Get_NotRecursive_OneLevel()
    {
        Set("/1/d/e/f", "1");
        Assert.Equal("""{"action":"get","node":{"dir":true,"nodes":[{"key":"/d","dir":true,"modifiedIndex":1,"createdIndex":1}]}}""", Show(_store.Get("/1", recursive: false, Now)));
        Assert.Equal(
            """{"action":"get","node":{"dir":true,"nodes":[{"key":"/d","dir":true,"nodes":[{"key":"/d/e","dir":true,"nodes":[{"key":"/d/e/f","value":"1","modifiedIndex":1,"createdIndex":1}],"modifiedIndex":1,"createdIndex":1}],"modifiedIndex":1,"createdIndex":1}]}}""",
            Show(_store.Get("/1", recursive: true, Now)));
    }

    [Fact]
    public void Set_Ttl_RoundsUp_AndSetWithoutItMakesPermanent()
    {
        V2Event set = _store.Set("/1/a", directory: false, "x", new V2Expiry(Now + 10 * Second), Now + 1).Event!;
        Assert.Equal(10, set.Node.TtlSeconds);
        Assert.True(_store.HasTtlKeys);
        Assert.Equal(9, _store.Get("/1/a", recursive: false, Now + Second).Event!.Node.TtlSeconds);
        Assert.Equal(0, _store.Get("/1/a", recursive: false, Now + 10 * Second).Event!.Node.TtlSeconds);
        Assert.Equal(-1, _store.Get("/1/a", recursive: false, Now + 11 * Second).Event!.Node.TtlSeconds);
        Assert.Equal("2023-11-14T22:13:30Z", Show(set).Split("expiration\":\"")[1].Split('"')[0]);
        Set("/1/a", "x");
        Assert.False(_store.HasTtlKeys);
    }

    [Fact]
    public void Set_ExpirationBefore2000_IsPermanent_ButAnUpdateIsNot()
    {
        _store.Set("/1/a", directory: false, "x", new V2Expiry(Second), Now);
        Assert.False(_store.HasTtlKeys);
        _store.Update("/1/a", "x", new V2Expiry(Second), Now);
        Assert.True(_store.HasTtlKeys);
    }

    [Fact]
    public void DeleteExpired_InOrderOfTime_DirectoryTakesItsChildren()
    {
        _store.Set("/1/late", directory: false, "x", new V2Expiry(Now + 3 * Second), Now);
        _store.Set("/1/d", directory: true, "", new V2Expiry(Now + 2 * Second), Now);
        _store.Set("/1/d/own", directory: false, "x", new V2Expiry(Now + 2 * Second), Now);
        _store.Set("/1/b", directory: false, "x", new V2Expiry(Now + Second), Now);
        Assert.Null(_store.Watch("/1", recursive: true, stream: true, 0, static () => { }, out V2Watcher? watcher));
        _store.DeleteExpired(Now + 2 * Second, Now + 2 * Second);
        Assert.Equal(["expire /1/b 5", "expire /1/d 6"], Drain(watcher!));
        Assert.Equal(2ul, _store.Statistic(V2Counter.ExpireCount));
        Assert.True(_store.HasTtlKeys);
        _store.DeleteExpired(Now + 3 * Second, Now + 3 * Second);
        Assert.False(_store.HasTtlKeys);
        Assert.Equal(7ul, _store.Index);
    }

    [Fact]
    public void Refresh_KeepsTheValue_TellsNobody()
    {
        Set("/1/a", "x");
        Assert.Null(_store.Watch("/1/a", recursive: false, stream: true, 0, static () => { }, out V2Watcher? watcher));
        V2Event updated = _store.Update("/1/a", "", new V2Expiry(Now + Second, Refresh: true), Now).Event!;
        Assert.Equal(("x", 1ul, 2ul), (updated.Node.Value, updated.Node.CreatedIndex, updated.Node.ModifiedIndex));
        V2Event set = _store.Set("/1/a", directory: false, "", new V2Expiry(Now + 2 * Second, Refresh: true), Now).Event!;
        Assert.Equal(("x", 3ul), (set.Node.Value, set.Node.CreatedIndex));
        V2Event swapped = _store.CompareAndSwap("/1/a", "x", 0, "", new V2Expiry(Now + 3 * Second, Refresh: true), Now).Event!;
        Assert.Equal("x", swapped.Node.Value);
        Assert.DoesNotContain("refresh", Show(swapped), StringComparison.Ordinal);
        Refused(V2ErrorCode.KeyNotFound, "/1/b", _store.Set("/1/b", directory: false, "", new V2Expiry(Now + Second, Refresh: true), Now));
        Assert.Empty(Drain(watcher!));
        Assert.Contains("\"refresh\":true", Encoding.UTF8.GetString(_store.Save()), StringComparison.Ordinal);
    }

    [Fact]
    public void Statistics_CountLikeEtcd()
    {
        Set("/1/a", "x");
        _store.Get("/1/a", recursive: false, Now);
        _store.Get("/1/b", recursive: false, Now);
        _store.Create("/1/a/b", directory: false, "", inOrder: false, V2Expiry.Never, Now); // below a value: twice a failure
        _store.CompareAndDelete("/1/a", "y", 0, Now); // refused, yet counted as done
        _store.CompareAndSwap("/1/a", "y", 0, "z", V2Expiry.Never, Now);
        _store.Update("/1/b", "", V2Expiry.Never, Now);
        _store.Delete("/", directory: true, recursive: true, Now); // refused, yet counted as done
        var output = new ArrayBufferWriter<byte>();
        _store.WriteStats(output);
        Assert.Equal(
            """{"getsSuccess":1,"getsFail":1,"setsSuccess":1,"setsFail":1,"deleteSuccess":1,"deleteFail":0,"updateSuccess":0,"updateFail":1,"createSuccess":0,"createFail":1,"compareAndSwapSuccess":0,"compareAndSwapFail":1,"compareAndDeleteSuccess":1,"compareAndDeleteFail":0,"expireCount":0,"watchers":0}""",
            Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void Json_EscapesAsGo_AndNoValueOnSuccess()
    {
        V2Event set = Set("/1/k<&>", "ü\u2028\"\\😀").Event!;
        Assert.Equal("""{"action":"set","node":{"key":"/k\u003c\u0026\u003e","value":"ü\u2028\"\\😀","modifiedIndex":1,"createdIndex":1}}""", Show(set));
        var output = new ArrayBufferWriter<byte>();
        V2Json.WriteEvent(output, set, "/1", withNodes: false);
        Assert.Equal("""{"action":"set"}""", Encoding.UTF8.GetString(output.WrittenSpan));
        Assert.Equal("", Set("/1/e", "").Event!.Node.Value);
    }

    [Theory]
    [InlineData("", "/")]
    [InlineData("/", "/")]
    [InlineData("a", "/a")]
    [InlineData("/a/", "/a")]
    [InlineData("//a///b", "/a/b")]
    [InlineData("/a/./b/.", "/a/b")]
    [InlineData("/a/../b", "/b")]
    [InlineData("/../../a/..", "/")]
    [InlineData("/.a/..b/c..", "/.a/..b/c..")]
    public void Clean_AnyText_IsGosPathClean(string text, string expected) => Assert.Equal(expected, V2Path.Clean(text));

    private V2Result Set(string path, string value) => _store.Set(path, directory: false, value, V2Expiry.Never, Now);

    private void Refused(V2ErrorCode code, string cause, V2Result result)
    {
        Assert.Null(result.Event);
        Assert.Equal(new V2Error(code, cause, _store.Index), result.Error);
    }

    internal static IReadOnlyList<string> Drain(V2Watcher watcher)
    {
        List<string> events = [];
        while (watcher.TryRead(out V2Event? next))
            events.Add($"{V2Json.NameOf(next.Action)} {next.Node.Key} {next.Index}");
        return events;
    }

    private static string Show(V2Result result)
    {
        var output = new ArrayBufferWriter<byte>();
        if (result.Error is { } error)
            error.WriteJson(output, "/1");
        else
            V2Json.WriteEvent(output, result.Event!, "/1");
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
