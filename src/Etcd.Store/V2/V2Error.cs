namespace Etcd.Store.V2;

/// <summary>A refusal of the v2 store (spec v2 §1.6).</summary>
/// <param name="Code">etcd's number, e.g. 100 "Key not found".</param>
/// <param name="Cause">What it is about, mostly a key; may be empty.</param>
/// <param name="Index">Index of the store when it refused.</param>
public sealed record V2Error(V2ErrorCode Code, string Cause, ulong Index);
