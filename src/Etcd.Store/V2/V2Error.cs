using System.Buffers;
using Etcd.Foundation;

namespace Etcd.Store.V2;

/// <summary>A refusal of the v2 API (spec v2 §1.6).</summary>
/// <param name="Cause">What it is about, mostly a key; may be empty.</param>
/// <param name="Index">Index of the store when it refused.</param>
public sealed record V2Error(V2ErrorCode Code, string Cause, ulong Index)
{
    /// <summary>The fixed text that belongs to the code.</summary>
    public string Message => Code switch
    {
        V2ErrorCode.KeyNotFound => "Key not found",
        V2ErrorCode.TestFailed => "Compare failed",
        V2ErrorCode.NotFile => "Not a file",
        V2ErrorCode.NotDirectory => "Not a directory",
        V2ErrorCode.NodeExists => "Key already exists",
        V2ErrorCode.RootReadOnly => "Root is read only",
        V2ErrorCode.DirectoryNotEmpty => "Directory not empty",
        V2ErrorCode.Unauthorized => "The request requires user authentication",
        V2ErrorCode.PrevValueRequired => "PrevValue is Required in POST form",
        V2ErrorCode.TtlNotANumber => "The given TTL in POST form is not a number",
        V2ErrorCode.IndexNotANumber => "The given index in POST form is not a number",
        V2ErrorCode.InvalidField => "Invalid field",
        V2ErrorCode.InvalidForm => "Invalid POST form",
        V2ErrorCode.RefreshValue => "Value provided on refresh",
        V2ErrorCode.RefreshTtlRequired => "A TTL must be provided on refresh",
        V2ErrorCode.RaftInternal => "Raft Internal Error",
        V2ErrorCode.WatcherCleared => "watcher is cleared due to etcd recovery",
        V2ErrorCode.EventIndexCleared => "The event in requested index is outdated and cleared",
        _ => "",
    };

    public int HttpStatus => Code switch
    {
        V2ErrorCode.KeyNotFound => 404,
        V2ErrorCode.NotFile or V2ErrorCode.DirectoryNotEmpty => 403,
        V2ErrorCode.TestFailed or V2ErrorCode.NodeExists => 412,
        V2ErrorCode.Unauthorized => 401,
        V2ErrorCode.RaftInternal => 500,
        _ => 400,
    };

    /// <summary>The body of the answer, without the newline behind it.</summary>
    /// <param name="keyPrefix">Cut from the front of the cause: clients do not see the root that their keys live under.</param>
    public void WriteJson(IBufferWriter<byte> output, string keyPrefix)
    {
        string cause = Cause.StartsWith(keyPrefix, StringComparison.Ordinal) ? Cause[keyPrefix.Length..] : Cause;
        GoJson.WriteAscii(output, "{\"errorCode\":"u8);
        GoJson.WriteNumber(output, (long)Code);
        GoJson.WriteAscii(output, ",\"message\":"u8);
        GoJson.WriteString(output, Message);
        if (cause.Length > 0)
        {
            GoJson.WriteAscii(output, ",\"cause\":"u8);
            GoJson.WriteString(output, cause);
        }
        GoJson.WriteAscii(output, ",\"index\":"u8);
        GoJson.WriteNumber(output, Index);
        GoJson.WriteAscii(output, "}"u8);
    }
}
