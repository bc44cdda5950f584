namespace Etcd.Pki.Requests;

/// <summary>The <c>ca</c> section of a request for a new CA.</summary>
/// <param name="PathLength">Intermediate CAs allowed below; 0 means no limit unless <paramref name="IsPathLengthZero"/>.</param>
/// <param name="IsPathLengthZero">No intermediate CA may be issued; ignored when <paramref name="PathLength"/> is not 0.</param>
/// <param name="Expiry">A Go duration; empty for five years.</param>
/// <param name="Backdate">A Go duration; empty for five minutes.</param>
public sealed record CaOptions(int PathLength, bool IsPathLengthZero, string Expiry, string Backdate);
