using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using Etcd.Pki.Errors;
using Etcd.Pki.Keys;
using Etcd.Pki.Names;
using Etcd.Pki.Pem;
using Etcd.Pki.Profiles;
using Etcd.Pki.Requests;
using Etcd.Pki.Text;

namespace Etcd.Pki.Signing;

/// <summary>Issues certificates with a CA key at hand, or makes the CA itself.</summary>
/// <remarks>Thread-safe: one signature at a time.</remarks>
public sealed class LocalSigner : ISigner, IDisposable
{
    private const string BasicConstraintsOid = "2.5.29.19";
    private const string DelegationUsageOid = "1.3.6.1.4.1.44363.44";
    private const string OcspNoCheckOid = "1.3.6.1.5.5.7.48.1.5";

    private static readonly TimeSpan s_defaultBackdate = TimeSpan.FromMinutes(5);

    private readonly X509Certificate2? _ca;
    private readonly PrivateKey _key;
    private readonly TimeProvider _clock;
    private readonly PkiLog _log;
    private readonly Lock _signing = new();

    /// <param name="ca">The CA's certificate; null makes self-signed CA certificates.</param>
    /// <param name="key">The CA's key. Owned, as is the certificate.</param>
    /// <param name="policy">What may be issued.</param>
    /// <param name="clock">Gives not-before.</param>
    /// <param name="log">Gets the serial number of every certificate.</param>
    public LocalSigner(X509Certificate2? ca, PrivateKey key, SigningPolicy policy, TimeProvider clock, PkiLog log)
    {
        _ca = ca;
        _key = key;
        Policy = policy;
        _clock = clock;
        _log = log;
    }

    public SigningPolicy Policy { get; }

    /// <summary>Called with every certificate that was issued, before it is given out; may refuse by throwing.</summary>
    public Action<X509Certificate2, SignRequest>? OnIssued { get; init; }

    public Task<string> SignAsync(SignRequest request, CancellationToken cancellation) => Task.FromResult(Sign(request));

    /// <summary>Issues a certificate.</summary>
    /// <returns>PEM with a final newline.</returns>
    /// <exception cref="PkiException">9xxx a bad CSR, 5xxx the policy says no, 1xxx the CA cannot.</exception>
    public string Sign(SignRequest request)
    {
        SigningProfile profile = Policy.Select(request.Profile);
        if (profile.CtLogServers.Count > 0)
            throw new PkiException(
                PkiErrorCategory.CertificateTransparency,
                PkiReason.PrecertificateSubmissionFailed,
                "submission to certificate transparency logs is not supported",
                "remove ct_log_servers from the profile");
        CertificateTemplate template = Copy(CsrReader.Read(request.CsrPem), profile, request);
        if (request.Hosts is { } hosts)
            template.AlternativeNames = AlternativeNames.FromHosts(hosts);
        if (request.Subject is { } subject)
            template.Subject = subject.Over(template.Subject);
        CheckNames(template, profile);
        AddRequestedExtensions(template, profile, request);
        Fill(template, profile, request);

        byte[] der;
        lock (_signing)
            der = template.Sign(_ca, _key);
        _log.Info($"signed certificate with serial number {SerialNumbers.ToDecimal(template.Serial)}");
        if (OnIssued is { } onIssued)
        {
            using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(der);
            onIssued(certificate, request);
        }
        return PemBlock.Write("CERTIFICATE", der);
    }

    public Task<SignerInfo> DescribeAsync(string label, string profile, CancellationToken cancellation)
    {
        SigningProfile selected = Policy.Select(profile);
        string pem = _ca is null ? "" : PemBlock.Write("CERTIFICATE", _ca.RawData).TrimEnd();
        return Task.FromResult(new SignerInfo(pem, selected.Usages, selected.ExpiryText));
    }

    public void Dispose()
    {
        _ca?.Dispose();
        _key.Dispose();
    }

    private CertificateTemplate Copy(Csr csr, SigningProfile profile, SignRequest request)
    {
        CsrWhitelist? only = profile.CsrWhitelist;
        if (only is { PublicKey: false })
            throw new PkiException(
                PkiErrorCategory.Certificate, PkiReason.Unknown, "x509: unsupported public key type: <nil>", "CSRWhitelist must allow PublicKey");
        var template = new CertificateTemplate
        {
            PublicKey = csr.PublicKey,
            Serial = ChooseSerial(profile, request),
            Subject = only is { Subject: false } ? new SubjectName() : csr.Subject,
            AlternativeNames = new AlternativeNames
            {
                Dns = only is { DnsNames: false } ? [] : csr.AlternativeNames.Dns,
                Emails = only is { EmailAddresses: false } ? [] : csr.AlternativeNames.Emails,
                Addresses = only is { IpAddresses: false } ? [] : csr.AlternativeNames.Addresses,
                Uris = only is { Uris: false } ? [] : csr.AlternativeNames.Uris,
            },
        };
        if (only is not null)
            return template; // Compat: with a whitelist, neither CA wishes nor other extensions of the CSR are looked at.
        foreach (X509Extension extension in csr.Extensions)
        {
            string? oid = extension.Oid?.Value;
            if (oid == BasicConstraintsOid)
                CheckCaWish(extension, profile);
            else if (oid == DelegationUsageOid || profile.IsCopyingExtensions)
                template.ExtraExtensions.Add(extension);
        }
        return template;
    }

    private static byte[] ChooseSerial(SigningProfile profile, SignRequest request)
    {
        if (!profile.IsClientProvidingSerials)
            return SerialNumbers.Random();
        return request.Serial is { } serial
            ? SerialNumbers.FromInteger(serial)
            : throw new PkiException(PkiErrorCategory.Certificate, PkiReason.MissingSerial);
    }

    // A CSR that asks to be a CA must be allowed to by the profile and by the path length of the issuer.
    private void CheckCaWish(X509Extension extension, SigningProfile profile)
    {
        (bool isCa, int? wishedLength) = ReadConstraints(extension);
        if (!isCa)
            return;
        if (!profile.CaConstraint.IsCa)
            throw RefuseCa("local signer policy disallows issuing CA certificate", "the CSR asks for a CA: the profile needs \"ca_constraint\": {\"is_ca\": true}");
        X509BasicConstraintsExtension? issuer = _ca?.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault();
        if (issuer is not { HasPathLengthConstraint: true } limit)
            return;
        if (limit.PathLengthConstraint == 0)
            throw RefuseCa("local signer certificate disallows issuing CA certificate", "the CA has pathlen 0: it may issue leaves only");
        if (wishedLength >= limit.PathLengthConstraint)
            throw RefuseCa("local signer certificate disallows CA MaxPathLen extending", "the CSR asks for a longer path than the CA allows");
    }

    private static (bool IsCa, int? PathLength) ReadConstraints(X509Extension extension)
    {
        try
        {
            AsnReader constraints = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
            bool isCa = constraints.HasData && constraints.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean) && constraints.ReadBoolean();
            int? length = null;
            if (constraints.HasData && constraints.TryReadInt32(out int value))
                length = value;
            constraints.ThrowIfNotEmpty();
            return (isCa, length);
        }
        catch (AsnContentException)
        {
            throw new PkiException(PkiErrorCategory.Csr, PkiReason.ParseFailed, "asn1: structure error: basic constraints of the CSR");
        }
    }

    private PkiException RefuseCa(string logLine, string cure)
    {
        _log.Error(logLine);
        return new PkiException(PkiErrorCategory.Policy, PkiReason.InvalidRequest).WithCure(cure);
    }

    private static void CheckNames(CertificateTemplate template, SigningProfile profile)
    {
        if (profile.NameWhitelist is not { } allowed)
            return;
        AlternativeNames names = template.AlternativeNames;
        IEnumerable<string> all = [template.Subject.CommonName, .. names.Dns, .. names.Emails, .. names.Uris];
        if (all.FirstOrDefault(name => name.Length > 0 && !allowed.IsMatch(name)) is { } refused)
            throw new PkiException(PkiErrorCategory.Policy, PkiReason.UnmatchedWhitelist)
                .WithCure($"the name \"{refused}\" does not match the profile's name_whitelist {allowed}");
    }

    private static void AddRequestedExtensions(CertificateTemplate template, SigningProfile profile, SignRequest request)
    {
        foreach (RequestExtension extension in request.Extensions)
        {
            if (!profile.AllowedExtensions.Contains(extension.Oid))
                throw new PkiException(PkiErrorCategory.Certificate, PkiReason.BadRequest)
                    .WithCure($"the profile's allowed_extensions do not list {extension.Oid}");
            template.ExtraExtensions.Add(extension.ToX509());
        }
    }

    private void Fill(CertificateTemplate template, SigningProfile profile, SignRequest request)
    {
        var (keyUsage, extendedOids, _) = UsageNames.Translate(profile.Usages ?? []);
        if (keyUsage == X509KeyUsageFlags.None && extendedOids.Count == 0)
            throw Policy.NoKeyUsages(request.Profile);
        template.KeyUsage = keyUsage;
        template.ExtendedUsageOids = extendedOids;
        FillLifetime(template, profile, request);
        template.IsCa = profile.CaConstraint.IsCa;
        if (template.IsCa)
        {
            CaConstraint constraint = profile.CaConstraint;
            template.MaxPathLength = constraint.MaxPathLength > 0 ? constraint.MaxPathLength
                : constraint is { MaxPathLength: 0, IsMaxPathLengthZero: true } ? 0 : null;
            // Compat: a CA keeps its IP addresses only.
            template.AlternativeNames = new AlternativeNames { Addresses = template.AlternativeNames.Addresses };
        }
        template.OcspUrl = FirstNonEmpty(profile.OcspUrl, Policy.Default.OcspUrl);
        template.IssuerUrls = profile.IssuerUrls ?? Policy.Default.IssuerUrls ?? [];
        string crlUrl = FirstNonEmpty(request.CrlUrl, profile.CrlUrl, Policy.Default.CrlUrl);
        template.CrlUrls = crlUrl.Length > 0 ? [crlUrl] : [];
        if (profile.Policies.Count > 0)
            template.ExtraExtensions.Add(PolicyExtension(profile.Policies));
        if (profile.IsOcspNoCheck)
            template.ExtraExtensions.Add(new X509Extension(OcspNoCheckOid, [0x05, 0x00], critical: false));
    }

    private void FillLifetime(CertificateTemplate template, SigningProfile profile, SignRequest request)
    {
        TimeSpan backdate = profile.Backdate.IsZero ? s_defaultBackdate : profile.Backdate.ToTimeSpan();
        GoDuration expiry = profile.Expiry.IsZero ? Policy.Default.Expiry : profile.Expiry;
        try
        {
            template.NotBefore = (request.NotBefore ?? profile.NotBefore ?? RoundToMinute(_clock.GetUtcNow()) - backdate).ToUniversalTime();
            template.NotAfter = (request.NotAfter ?? profile.NotAfter ?? template.NotBefore + expiry.ToTimeSpan()).ToUniversalTime();
        }
        catch (ArgumentOutOfRangeException)
        {
            throw new PkiException(
                PkiErrorCategory.Certificate, PkiReason.Unknown, "x509: the validity leaves the range of dates", "shorten expiry or backdate");
        }
    }

    /// <summary>The nearest whole minute; half a minute goes up.</summary>
    internal static DateTimeOffset RoundToMinute(DateTimeOffset time) =>
        new(checked((time.UtcTicks + TimeSpan.TicksPerMinute / 2) / TimeSpan.TicksPerMinute * TimeSpan.TicksPerMinute), TimeSpan.Zero);

    private static string FirstNonEmpty(params ReadOnlySpan<string> texts)
    {
        foreach (string text in texts)
        {
            if (text.Length > 0)
                return text;
        }
        return "";
    }

    // RFC 5280 §4.2.1.4.
    private static X509Extension PolicyExtension(IReadOnlyList<CertificatePolicy> policies)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        try
        {
            using (writer.PushSequence())
            {
                foreach (CertificatePolicy policy in policies)
                    WritePolicy(writer, policy);
            }
        }
        catch (ArgumentException error)
        {
            throw new PkiException(PkiErrorCategory.Policy, PkiReason.InvalidPolicy, error.Message, "Policies[].ID must be a dotted OID");
        }
        return new X509Extension("2.5.29.32", writer.Encode(), critical: false);
    }

    private static void WritePolicy(AsnWriter writer, CertificatePolicy policy)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(policy.Oid);
            if (policy.Qualifiers.Count == 0)
                return;
            using (writer.PushSequence())
            {
                foreach ((string type, string value) in policy.Qualifiers)
                    WriteQualifier(writer, type, value);
            }
        }
    }

    private static void WriteQualifier(AsnWriter writer, string type, string value)
    {
        using (writer.PushSequence())
        {
            if (type.Length == 0)
                throw new PkiException(PkiErrorCategory.Policy, PkiReason.InvalidPolicy, "Invalid qualifier type in Policies ");
            if (type == "id-qt-cps")
            {
                writer.WriteObjectIdentifier("1.3.6.1.5.5.7.2.1");
                writer.WriteCharacterString(UniversalTagNumber.IA5String, value);
                return;
            }
            writer.WriteObjectIdentifier("1.3.6.1.5.5.7.2.2");
            using (writer.PushSequence())
                writer.WriteCharacterString(UniversalTagNumber.UTF8String, value);
        }
    }
}
