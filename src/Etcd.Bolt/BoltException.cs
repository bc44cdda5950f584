namespace Etcd.Bolt;

/// <summary>A request that the database refuses. Nothing was changed by the refused call.</summary>
/// <remarks>Damage in the file is a <see cref="Foundation.CorruptException"/>, a failing disk an <see cref="IOException"/>.</remarks>
public sealed class BoltException : Exception
{
    internal BoltException(BoltError error)
        : base(TextOf(error)) => Error = error;

    internal BoltException(BoltError error, Exception cause)
        : base($"{TextOf(error)}: {cause.Message}", cause) => Error = error;

    public BoltError Error { get; }

    private static string TextOf(BoltError error) => error switch
    {
        BoltError.DatabaseNotOpen => "database not open",
        BoltError.DatabaseReadOnly => "database is in read-only mode",
        BoltError.DatabasePoisoned => "database refuses writes after a failed sync",
        BoltError.TransactionClosed => "tx closed",
        BoltError.LockTimeout => "timeout",
        BoltError.BucketNotFound => "bucket not found",
        BoltError.BucketExists => "bucket already exists",
        BoltError.BucketNameRequired => "bucket name required",
        BoltError.KeyRequired => "key required",
        BoltError.KeyTooLarge => "key too large",
        BoltError.ValueTooLarge => "value too large",
        BoltError.IncompatibleValue => "incompatible value",
        _ => throw new ArgumentOutOfRangeException(nameof(error)),
    };
}

/// <summary>Why a request was refused; texts are bbolt's where bbolt has the case.</summary>
public enum BoltError
{
    DatabaseNotOpen,
    DatabaseReadOnly,

    /// <summary>A sync or the write of a meta page failed earlier: what the disk holds is unknown until the next open.</summary>
    DatabasePoisoned,
    TransactionClosed,
    LockTimeout,
    BucketNotFound,
    BucketExists,
    BucketNameRequired,
    KeyRequired,

    /// <summary>More than 32 768 bytes.</summary>
    KeyTooLarge,

    /// <summary>More than 2^31 - 2 bytes.</summary>
    ValueTooLarge,

    /// <summary>A value where a bucket is, or a bucket where a value is.</summary>
    IncompatibleValue,
}
