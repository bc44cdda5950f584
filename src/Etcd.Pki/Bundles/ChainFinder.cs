using System.Security.Cryptography.X509Certificates;
using Etcd.Pki.Inspection;

namespace Etcd.Pki.Bundles;

/// <summary>Finds every chain from a certificate to a root. The framework's own chain builder returns one only.</summary>
/// <param name="roots">Where chains may end.</param>
/// <param name="intermediates">What they may pass through.</param>
/// <param name="now">Chains with certificates that are not valid at this time do not count.</param>
internal sealed class ChainFinder(IReadOnlyList<X509Certificate2> roots, IReadOnlyList<X509Certificate2> intermediates, DateTimeOffset now)
{
    private const int LongestChain = 8;
    private const int MostChains = 50;
    private const int MostSteps = 10_000;

    private readonly List<IReadOnlyList<X509Certificate2>> _found = [];
    private int _steps;

    /// <summary>Something was rejected for its dates, so "expired" is the better error than "unknown".</summary>
    public bool HasMetExpired { get; private set; }

    public IReadOnlyList<IReadOnlyList<X509Certificate2>> Find(X509Certificate2 certificate)
    {
        if (IsInTime(certificate))
            Extend([certificate]);
        return _found;
    }

    private void Extend(List<X509Certificate2> path)
    {
        X509Certificate2 last = path[^1];
        if (roots.Any(root => IsSame(root, last)))
        {
            _found.Add([.. path]);
            return;
        }
        if (path.Count >= LongestChain)
            return;
        foreach (X509Certificate2 issuer in roots.Concat(intermediates))
        {
            if (_found.Count >= MostChains || ++_steps > MostSteps)
                return;
            if (path.Any(member => IsSame(member, issuer)) || !CanIssue(issuer, last, path.Count - 1) || !IsInTime(issuer))
                continue;
            path.Add(issuer);
            Extend(path);
            path.RemoveAt(path.Count - 1);
        }
    }

    private bool IsInTime(X509Certificate2 certificate)
    {
        bool isValid = certificate.NotBefore.ToUniversalTime() <= now.UtcDateTime && now.UtcDateTime <= certificate.NotAfter.ToUniversalTime();
        HasMetExpired |= !isValid;
        return isValid;
    }

    private static bool CanIssue(X509Certificate2 issuer, X509Certificate2 certificate, int casBelow)
    {
        if (!issuer.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData))
            return false;
        X509BasicConstraintsExtension? constraints = issuer.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault();
        if (constraints is { CertificateAuthority: false } || (constraints is null && issuer.Version >= 3))
            return false;
        if (constraints is { HasPathLengthConstraint: true } && casBelow > constraints.PathLengthConstraint)
            return false;
        return CertificateSignature.IsSignedBy(certificate, issuer);
    }

    private static bool IsSame(X509Certificate2 one, X509Certificate2 other) => one.RawDataMemory.Span.SequenceEqual(other.RawDataMemory.Span);
}
