using System.Text;
using Etcd.Store.Tests.Apply;
using Etcd.Store.V2;

namespace Etcd.Store.Tests.V2;

public sealed class V2DocumentTests
{
    private bool _savedVeryDeepPath;

    public static TheoryData<string> Sets =>
    [
        "v34-auth", "v34-cluster3.m1", "v34-cluster3.m2", "v34-cluster3.m3", "v34-mixed", "v34-restored",
        "v35-auth", "v35-cluster3.m1", "v35-mixed", "v35-restored", "v35-restored-bump", "v35-walcut", "v37-mixed",
    ];

    [Theory]
    [MemberData(nameof(Sets))]
    public void RecoverAndSave_DocumentsOfRealServers_SameBytes(string set)
    {
        IReadOnlyList<(ulong Index, byte[] Document)> snaps = GoldenSet.ReadSnaps(set);
        Assert.NotEmpty(snaps);
        foreach ((_, byte[] document) in snaps)
        {
            var store = new V2Store();
            store.Recover(document);
            Assert.Equal(Encoding.UTF8.GetString(document), Encoding.UTF8.GetString(store.Save()));
        }
    }

    // spec peer §4.3: all that a member needs.
    [Fact]
    public void Recover_MinimalDocument_IsAccepted()
    {
        var store = new V2Store();
        store.Recover("""
            {"Root":{"Path":"/","Children":{"0":{"Path":"/0","Children":{"version":{"Path":"/0/version","Value":"3.5.0","Children":null}}}}},"CurrentIndex":4,"CurrentVersion":2}
            """u8.ToArray());
        Assert.Equal(4ul, store.Index);
        Assert.Equal("3.5.0", store.Get("/0/version", recursive: false, now: 0).Event!.Node.Value);
        // The root for clients' keys was missing.
        Assert.Equal(V2Action.Set, store.Set("/1/a", directory: false, "x", V2Expiry.Never, now: 0).Event!.Action);
        Assert.Equal(5ul, store.Index);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{}x")]
    [InlineData("{\"CurrentIndex\":-1}")]
    [InlineData("{\"CurrentIndex\":\"1\"}")]
    [InlineData("{\"Root\":null}")]
    [InlineData("{\"Root\":{\"Path\":\"/x\"}}")]
    [InlineData("{\"Root\":{\"Children\":[]}}")]
    [InlineData("{\"Root\":{\"Children\":{\"\":{}}}}")]
    [InlineData("{\"Root\":{\"Children\":{\"a/b\":{}}}}")]
    [InlineData("{\"Root\":{\"Children\":{\"..\":{}}}}")]
    [InlineData("{\"Root\":{\"Children\":{\"a\":{\"Path\":\"/b\"}}}}")]
    [InlineData("{\"Root\":{\"Children\":{\"a\":{\"ExpireTime\":\"tomorrow\"}}}}")]
    [InlineData("{\"WatcherHub\":{\"EventHistory\":{\"Queue\":{\"Capacity\":10}}}}")]
    [InlineData("{\"WatcherHub\":{\"EventHistory\":{\"Queue\":{\"Size\":3,\"Front\":0,\"Back\":2}}}}")]
    [InlineData("{\"WatcherHub\":{\"EventHistory\":{\"Queue\":{\"Size\":1,\"Front\":0,\"Back\":1,\"Events\":[null]}}}}")]
    [InlineData("{\"WatcherHub\":{\"EventHistory\":{\"Queue\":{\"Size\":1001}}}}")]
    [InlineData("{\"WatcherHub\":{\"EventHistory\":{\"Queue\":{\"Events\":[{\"action\":\"fly\",\"node\":{}}]}}}}")]
    [InlineData("{\"WatcherHub\":{\"EventHistory\":{\"Queue\":{\"Events\":[{\"action\":\"set\"}]}}}}")]
    public void Recover_Hostile_FormatException_AndNothingChanged(string document)
    {
        var store = new V2Store();
        store.Set("/1/a", directory: false, "x", V2Expiry.Never, now: 0);
        byte[] before = store.Save();
        Assert.Throws<FormatException>(() => store.Recover(Encoding.UTF8.GetBytes(document)));
        Assert.Equal(before, store.Save());
    }

    [Fact]
    public void Recover_CutAnywhere_FormatException()
    {
        var store = new V2Store();
        store.Set("/1/a/b", directory: false, "x", new V2Expiry(1_900_000_000_000_000_000), now: 0);
        byte[] document = store.Save();
        for (int length = 0; length < document.Length; length++)
            Assert.Throws<FormatException>(() => new V2Store().Recover(document.AsMemory(0, length)));
    }

    [Fact]
    public void Recover_RandomlyChangedBytes_DocumentOrFormatException()
    {
        var random = new Random(5);
        var store = new V2Store();
        store.Set("/1/a/b", directory: false, "x", new V2Expiry(1_900_000_000_000_000_000), now: 0);
        store.Delete("/1/a", directory: true, recursive: true, now: 0);
        byte[] document = store.Save();
        for (int round = 0; round < 2000; round++)
        {
            byte[] changed = [.. document];
            for (int i = random.Next(1, 4); i > 0; i--)
                changed[random.Next(changed.Length)] = (byte)random.Next(256);
            try
            {
                var recovered = new V2Store();
                recovered.Recover(changed);
                recovered.Set("/1/z", directory: false, "", V2Expiry.Never, now: 0);
                recovered.DeleteExpired(long.MaxValue, now: 0);
            }
            catch (FormatException)
            {
                // What a damaged document deserves.
            }
        }
    }

    // A path is as deep as a request is long; neither way of the document, nor a listing, may take the stack for it.
    [Fact]
    public void Save_VeryDeepPath_RoundTripsAndListsOnASmallStack()
    {
        var thread = new Thread(SaveVeryDeepPath, maxStackSize: 128 * 1024);
        thread.Start();
        thread.Join();
        Assert.True(_savedVeryDeepPath);
    }

    private void SaveVeryDeepPath()
    {
        string path = "/1" + string.Concat(Enumerable.Repeat("/d", 3000));
        var store = new V2Store();
        Assert.NotNull(store.Set(path, directory: false, "deep", new V2Expiry(2_000_000_000_000_000_000), now: 0).Event);
        byte[] document = store.Save();
        var again = new V2Store();
        again.Recover(document);
        Assert.Equal(document, again.Save());
        V2Event listing = again.Get("/1", recursive: true, now: 0).Event!;
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        V2Json.WriteEvent(output, listing, "/1");
        Assert.EndsWith("\"createdIndex\":1}]}}", Encoding.UTF8.GetString(output.WrittenSpan), StringComparison.Ordinal);
        Assert.NotNull(again.Delete("/1/d", directory: true, recursive: true, now: 0).Event);
        _savedVeryDeepPath = !again.HasTtlKeys;
    }

    [Fact]
    public void Recover_TtlOnRoots_IsDropped()
    {
        var store = new V2Store();
        store.Recover("""{"Root":{"ExpireTime":"2020-01-01T00:00:00Z","Children":{"1":{"Path":"/1","ExpireTime":"2020-01-01T00:00:00Z","Children":{}}}}}"""u8.ToArray());
        store.DeleteExpired(long.MaxValue, now: 0);
        Assert.Null(store.Get("/1", recursive: false, now: 0).Error);
    }

    [Fact]
    public void Recover_ExpirationWithOffset_IsTheSameMoment()
    {
        var store = new V2Store();
        store.Recover("""{"Root":{"Children":{"1":{"Path":"/1","Children":{"a":{"Path":"/1/a","ExpireTime":"2033-05-18T05:33:20.000000001+02:00","Children":null}}}}}}"""u8.ToArray());
        Assert.True(store.HasTtlKeys);
        Assert.Equal(2_000_000_000_000_000_001, store.Get("/1/a", recursive: false, now: 0).Event!.Node.Expiration);
    }
}
