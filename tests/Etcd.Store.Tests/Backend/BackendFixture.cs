using Etcd.Store.Backend;
using Etcd.TestKit.Disks;

namespace Etcd.Store.Tests.Backend;

/// <summary>A backend on a disk in memory.</summary>
internal static class BackendFixture
{
    public const string DatabasePath = "/data/db";

    // The disk in memory really allocates what is mapped, and the quota decides how much that is.
    public static BackendOptions Options { get; } = new() { QuotaBytes = 24 << 20 };

    public static CrashDisk NewDisk(int seed = 1)
    {
        var disk = new CrashDisk(seed);
        disk.CreateDirectory("/data");
        disk.SyncDirectory("/");
        return disk;
    }

    public static BatchingBackend Open(CrashDisk disk, BackendOptions? options = null) =>
        BatchingBackend.Open(disk, DatabasePath, options ?? Options, TimeProvider.System);

    /// <summary>Applies one entry.</summary>
    public static void Apply(this BatchingBackend backend, ulong index, Action write)
    {
        backend.BeginApply(index, term: 2);
        write();
        backend.EndApply();
    }

    /// <summary>Appends the record of a put with some value.</summary>
    public static void AppendRecord(this BatchingBackend backend, long main, string value)
    {
        byte[] bytes = Bytes(value);
        Memory<byte> memory = backend.TakeRecordMemory(bytes.Length);
        bytes.CopyTo(memory);
        backend.AppendRecord(new Revision(main, 0), tombstone: false, memory);
    }

    /// <summary>Value of the record, null if there is none.</summary>
    public static string? Record(this BatchingBackend backend, long main)
    {
        BackendView view = backend.Pin();
        try
        {
            return view.TryGetRecord(new Revision(main, 0), out ReadOnlySpan<byte> value) ? System.Text.Encoding.UTF8.GetString(value) : null;
        }
        finally
        {
            view.Unpin();
        }
    }

    /// <summary>All records from a main revision on.</summary>
    public static List<string> Records(this BatchingBackend backend, long from = 0)
    {
        BackendView view = backend.Pin();
        try
        {
            List<string> records = [];
            RecordCursor cursor = view.Scan(new Revision(from, 0));
            while (cursor.MoveNext())
                records.Add($"{cursor.Revision}{(cursor.IsTombstone ? "t" : "")}={System.Text.Encoding.UTF8.GetString(cursor.Value)}");
            return records;
        }
        finally
        {
            view.Unpin();
        }
    }

    public static string? Text(this BatchingBackend backend, Bucket bucket, string key) =>
        backend.Get(bucket, Bytes(key)) is { } value ? System.Text.Encoding.UTF8.GetString(value.Span) : null;

    public static byte[] Bytes(string text) => System.Text.Encoding.UTF8.GetBytes(text);
}
