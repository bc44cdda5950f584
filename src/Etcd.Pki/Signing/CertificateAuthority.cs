using System.Security.Cryptography.X509Certificates;
using Etcd.Pki.Errors;
using Etcd.Pki.Keys;
using Etcd.Pki.Names;
using Etcd.Pki.Profiles;
using Etcd.Pki.Requests;
using Etcd.Pki.Text;

namespace Etcd.Pki.Signing;

/// <summary>Makes and renews CA certificates.</summary>
/// <param name="clock">Gives not-before.</param>
/// <param name="log">Gets cfssl's log lines.</param>
public sealed class CertificateAuthority(TimeProvider clock, PkiLog log)
{
    private const string DefaultExpiry = "43800h";

    /// <summary>A new key and a self-signed CA certificate.</summary>
    /// <exception cref="PkiException">5300 without subject, 2400 for a key we do not make, plain text for a bad duration.</exception>
    public IssuedPair Create(RequestSpec request)
    {
        SigningPolicy policy = PolicyFor(request, isBackdateHonoured: true);
        log.Info("generate received request");
        try
        {
            CheckSubject(request);
        }
        catch (PkiException error)
        {
            log.Warning($"invalid request: {error.Line}");
            log.Error($"failed to process request: {error.Line}");
            throw;
        }
        PrivateKey key;
        string csr;
        try
        {
            (key, csr) = CsrBuilder.Generate(request, log);
        }
        catch (PkiException error)
        {
            log.Error($"failed to process request: {error.Line}");
            throw;
        }
        return new IssuedPair(SelfSign(csr, request.Hosts, key, policy), csr, key);
    }

    /// <summary>A CA certificate for a key that is there already.</summary>
    /// <param name="request">Subject, hosts and CA options; its <c>key</c> section is ignored.</param>
    /// <param name="key">Stays the caller's.</param>
    /// <exception cref="PkiException">As <see cref="Create"/>, but the subject is not checked.</exception>
    public IssuedPair CreateFrom(RequestSpec request, PrivateKey key)
    {
        SigningPolicy policy = PolicyFor(request, isBackdateHonoured: false);
        string csr = CsrBuilder.Create(request, key, log);
        return new IssuedPair(SelfSign(csr, hosts: null, key, policy), csr, Key: null);
    }

    /// <summary>The same CA again: same key, subject, hosts and path length, same length of life starting now.</summary>
    /// <returns>PEM with a final newline.</returns>
    /// <exception cref="PkiException">Not a CA; 2300 if the key is another's.</exception>
    public string Renew(X509Certificate2 ca, PrivateKey key)
    {
        X509BasicConstraintsExtension? constraints = ca.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault();
        if (constraints is not { CertificateAuthority: true })
            throw new PkiException("input certificate is not a CA cert", "-renewca takes the CA's own certificate with -ca");
        if (!key.Matches(ca.PublicKey))
            throw new PkiException(PkiErrorCategory.PrivateKey, PkiReason.KeyMismatch).WithCure("-ca and -ca-key do not belong together");
        SubjectName subject = SubjectName.FromDer(ca.SubjectName);
        TimeSpan life = ca.NotAfter.ToUniversalTime() - ca.NotBefore.ToUniversalTime();
        var options = new CaOptions(
            constraints.HasPathLengthConstraint ? constraints.PathLengthConstraint : -1,
            constraints is { HasPathLengthConstraint: true, PathLengthConstraint: 0 },
            GoDuration.From(life).ToString(),
            Backdate: "");
        RequestSpec request = RequestSpec.FromSubject(subject) with { Hosts = [.. AlternativeNames.Of(ca).ToHosts()], Ca = options };
        return CreateFrom(request, key).CertificatePem;
    }

    /// <summary>Compat: leaves need no subject at all, a CA needs a name, or parts none of which is empty.</summary>
    private static void CheckSubject(RequestSpec request)
    {
        if (request.CommonName.Length > 0)
            return;
        if (request.Names.Count == 0 || request.Names.Any(static name => name.IsEmpty))
            throw new PkiException(
                PkiErrorCategory.Policy,
                PkiReason.InvalidRequest,
                "missing subject information",
                "give the CA a \"CN\", or at least one \"names\" entry with C, ST, L, O or OU");
    }

    private string SelfSign(string csr, IReadOnlyList<string>? hosts, PrivateKey key, SigningPolicy policy)
    {
        // Not disposed of: the key belongs to our caller, and there is no certificate yet.
        var signer = new LocalSigner(ca: null, key, policy, clock, log);
        return signer.Sign(new SignRequest(csr) { Hosts = hosts });
    }

    private SigningPolicy PolicyFor(RequestSpec request, bool isBackdateHonoured)
    {
        CaOptions options = request.Ca ?? new CaOptions(0, false, "", "");
        bool isZeroMeaningless = options is { PathLength: not 0, IsPathLengthZero: true };
        if (isZeroMeaningless)
            log.Info("ignore invalid 'pathlenzero' value");
        string expiry = options.Expiry.Length > 0 ? options.Expiry : DefaultExpiry;
        var profile = new SigningProfile
        {
            Usages = ["cert sign", "crl sign"],
            Expiry = ParseField("ca.expiry", expiry),
            ExpiryText = expiry,
            Backdate = isBackdateHonoured && options.Backdate.Length > 0 ? ParseField("ca.backdate", options.Backdate) : default,
            CaConstraint = new CaConstraint(true, options.PathLength, options.IsPathLengthZero && !isZeroMeaningless),
            CrlUrl = isBackdateHonoured ? request.CrlUrl : "",
        };
        return new SigningPolicy(profile, new Dictionary<string, SigningProfile>(StringComparer.Ordinal));
    }

    private static GoDuration ParseField(string field, string text)
    {
        try
        {
            return GoDuration.Parse(text);
        }
        catch (PkiException error)
        {
            throw error.WithCure($"{field}: {error.Cure}");
        }
    }
}
