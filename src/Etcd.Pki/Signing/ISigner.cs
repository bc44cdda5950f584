using Etcd.Pki.Errors;
using Etcd.Pki.Profiles;

namespace Etcd.Pki.Signing;

/// <summary>A CA that answers sign requests: here (<see cref="LocalSigner"/>), at another server, or either by profile.</summary>
public interface ISigner
{
    SigningPolicy Policy { get; }

    /// <summary>Issues a certificate.</summary>
    /// <returns>PEM with a final newline.</returns>
    /// <exception cref="PkiException">The request, the policy or the other server says no.</exception>
    Task<string> SignAsync(SignRequest request, CancellationToken cancellation);

    /// <summary>Describes the CA that a profile signs with.</summary>
    /// <exception cref="PkiException">The other server does not answer.</exception>
    Task<SignerInfo> DescribeAsync(string label, string profile, CancellationToken cancellation);
}

/// <summary>The answer of <c>info</c>.</summary>
/// <param name="CertificatePem">The CA certificate, without a final newline.</param>
/// <param name="Usages">As the profile lists them; null if it has none.</param>
/// <param name="Expiry">As the profile writes it.</param>
public sealed record SignerInfo(string CertificatePem, IReadOnlyList<string>? Usages, string Expiry);
