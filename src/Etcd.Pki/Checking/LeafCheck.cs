using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Etcd.Pki.Bundles;
using Etcd.Pki.Cluster;
using Etcd.Pki.Inspection;
using Etcd.Pki.Names;
using Etcd.Pki.Profiles;

namespace Etcd.Pki.Checking;

/// <summary>Says of one certificate what will fail when etcd or a client uses it.</summary>
/// <param name="authorities">Whom the cluster trusts; empty if no authority was given.</param>
/// <param name="hosts">Names and addresses under which the owner is reached.</param>
/// <param name="now">The time by this machine's clock.</param>
internal sealed class LeafCheck(IReadOnlyList<X509Certificate2> authorities, IReadOnlyList<string> hosts, DateTimeOffset now, Cures cures)
{
    private static readonly TimeSpan s_soon = TimeSpan.FromDays(30);

    public IEnumerable<Finding> Check(LeafFile file)
    {
        List<Finding> findings =
        [
            .. CheckDates(file.Path, file.Certificate, isAuthority: false),
            .. CheckIssuer(file),
            .. CheckUsage(file),
            .. CheckNames(file),
            .. CheckStrength(file.Path, file.Certificate),
        ];
        return findings.Count > 0 ? findings : [new Finding(FindingLevel.Fine, file.Path, Describe(file))];
    }

    public IEnumerable<Finding> CheckAuthority(AuthorityFile file)
    {
        var findings = new List<Finding>();
        foreach (X509Certificate2 certificate in file.Certificates)
        {
            findings.AddRange(CheckDates(file.Path, certificate, isAuthority: true));
            findings.AddRange(CheckStrength(file.Path, certificate));
            if (certificate.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault() is { } usage && !usage.KeyUsages.HasFlag(X509KeyUsageFlags.KeyCertSign))
                findings.Add(new Finding(FindingLevel.Error, file.Path, "is a CA without the usage \"cert sign\": nothing that it signed is accepted", "make a new CA: cfssl gencert -initca csr.json | cfssljson -bare ca"));
        }
        string names = string.Join("; ", file.Certificates.Select(static certificate =>
            $"{SubjectName.FromDer(certificate.SubjectName)}, good until {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd}"));
        return findings.Count > 0 ? findings : [new Finding(FindingLevel.Fine, file.Path, $"authority {names}")];
    }

    private IEnumerable<Finding> CheckDates(string path, X509Certificate2 certificate, bool isAuthority)
    {
        DateTime start = certificate.NotBefore.ToUniversalTime();
        DateTime end = certificate.NotAfter.ToUniversalTime();
        string mend = isAuthority ? "etcdctl pki rotate, or a new CA: cfssl gencert -renewca -ca CA -ca-key CA-KEY" : cures.Reissue(path, certificate, EtcdRole.Peer, []);
        if (now.UtcDateTime < start)
        {
            yield return new Finding(
                FindingLevel.Error, path, $"is not valid before {start:yyyy-MM-dd HH:mm:ss} UTC; here it is {now.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC. Everybody whose clock agrees with this machine's will refuse it",
                "if this clock is wrong, set it: timedatectl set-ntp true; otherwise the machine that issued the certificate has a clock ahead of time");
        }
        else if (now.UtcDateTime > end)
        {
            yield return new Finding(
                FindingLevel.Error, path, $"expired on {end:yyyy-MM-dd HH:mm:ss} UTC, {Days(now.UtcDateTime - end)} ago; every handshake with it fails{(isAuthority ? ", and so does everything that it signed" : "")}", mend);
        }
        else if (end - now.UtcDateTime < s_soon)
        {
            yield return new Finding(FindingLevel.Warning, path, $"expires on {end:yyyy-MM-dd}, in {Days(end - now.UtcDateTime)}", mend);
        }
    }

    private IEnumerable<Finding> CheckIssuer(LeafFile file)
    {
        X509Certificate2 certificate = file.Certificate;
        string issuer = SubjectName.FromDer(certificate.IssuerName).ToString();
        if (CertificateSignature.IsSelfSigned(certificate))
        {
            yield return new Finding(FindingLevel.Error, file.Path, "is self-signed; members and clients that verify against a CA refuse it", $"issue it from your CA: {cures.Reissue(file.Path, certificate, file.Role ?? EtcdRole.Peer, [])}");
            yield break;
        }
        if (authorities.Count == 0)
        {
            yield return new Finding(FindingLevel.Warning, file.Path, $"is from \"{issuer}\"; without that CA's file its signature was not checked", "name the CA file too");
            yield break;
        }
        // Dates are reported on their own, so the chain is looked for at a time when the certificate is valid.
        var during = new DateTimeOffset(certificate.NotBefore.ToUniversalTime().AddSeconds(1), TimeSpan.Zero);
        if (new ChainFinder(authorities, file.Intermediates, during).Find(certificate).Count > 0
            || new ChainFinder(authorities, file.Intermediates, now).Find(certificate).Count > 0)
            yield break;
        bool hasNamesake = authorities.Any(ca => ca.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData));
        string text = hasNamesake
            ? $"names \"{issuer}\" as its issuer, but the CA of that name here has another key: it was made again since. The other side will say \"unknown authority\" or \"ECDSA/RSA verification failure\""
            : $"is from \"{issuer}\", which is none of the CAs given. The other side will say \"certificate signed by unknown authority\"";
        yield return new Finding(FindingLevel.Error, file.Path, text, $"trust the CA that issued it, or issue it again: {cures.Reissue(file.Path, certificate, file.Role ?? EtcdRole.Peer, [])}");
    }

    private IEnumerable<Finding> CheckUsage(LeafFile file)
    {
        if (file.Role is not { } role || CertificateUsage.Missing(file.Certificate, role) is not { Count: > 0 } missing)
            yield break;
        // A server certificate must only serve; being a client as well is for the server's own JSON gateway.
        bool isGatewayOnly = role == EtcdRole.Server && !missing.Contains("server auth", StringComparer.Ordinal);
        string lacks = $"lacks the usage \"{string.Join("\" and \"", missing)}\"";
        yield return isGatewayOnly
            ? new Finding(FindingLevel.Warning, file.Path, $"{lacks}: with --client-cert-auth the server's own JSON gateway (/v3/…) cannot log in, and neither can a client that uses this file", cures.Reissue(file.Path, file.Certificate, EtcdRole.Peer, []))
            : new Finding(FindingLevel.Error, file.Path, $"{lacks}, which a {Word(role)} certificate needs. The other side will say \"certificate specifies an incompatible key usage\" or \"bad certificate\"", cures.Reissue(file.Path, file.Certificate, role, []));
    }

    private IEnumerable<Finding> CheckNames(LeafFile file)
    {
        if (file.Role is not (EtcdRole.Server or EtcdRole.Peer))
            yield break;
        EtcdRole role = file.Role.Value;
        AlternativeNames names = AlternativeNames.Of(file.Certificate);
        string commonName = SubjectName.FromDer(file.Certificate.SubjectName).CommonName;
        if (names.Dns.Count == 0 && names.Addresses.Count == 0)
        {
            yield return new Finding(FindingLevel.Error, file.Path, $"has no alternative names; the common name \"{commonName}\" is not looked at. Clients will say \"certificate relies on legacy Common Name field, use SANs instead\"", cures.Reissue(file.Path, file.Certificate, role, hosts.Count > 0 ? hosts : ["ADDRESS"]));
            yield break;
        }
        string[] missing = [.. hosts.Where(host => !HostMatch.Covers(names, host))];
        if (missing.Length > 0)
            yield return new Finding(FindingLevel.Error, file.Path, $"is valid for {string.Join(", ", names.Addresses.Select(static address => address.ToString()).Concat(names.Dns))}, not for {string.Join(", ", missing)}", cures.Reissue(file.Path, file.Certificate, role, missing));
    }

    private IEnumerable<Finding> CheckStrength(string path, X509Certificate2 certificate)
    {
        string algorithm = SignatureAlgorithms.NameOf(certificate.SignatureAlgorithm.Value);
        if (algorithm.Contains("SHA1", StringComparison.Ordinal) || algorithm.StartsWith("MD", StringComparison.Ordinal))
            yield return new Finding(FindingLevel.Error, path, $"is signed with {algorithm}, which TLS libraries refuse", "issue it again from a CA with a newer tool: cfssl signs with SHA-256 or better");
        using RSA? rsa = certificate.GetRSAPublicKey();
        if (rsa is { KeySize: < 2048 })
            yield return new Finding(FindingLevel.Error, path, $"has an RSA key of {rsa.KeySize} bits, which TLS libraries refuse", "make a new key of at least 2048 bits: cfssl gencert with \"key\": {\"algo\": \"rsa\", \"size\": 2048}");
    }

    private static string Describe(LeafFile file)
    {
        AlternativeNames names = AlternativeNames.Of(file.Certificate);
        string role = file.Role is { } known ? $"{Word(known)} certificate" : $"certificate for {Usages(file.Certificate)}";
        string hostList = string.Join(", ", names.Addresses.Select(static address => address.ToString()).Concat(names.Dns));
        string forHosts = hostList.Length > 0 ? $" for {hostList}" : $" of {SubjectName.FromDer(file.Certificate.SubjectName).CommonName}";
        return $"{role}{forHosts}, good until {file.Certificate.NotAfter.ToUniversalTime():yyyy-MM-dd}";
    }

    private static string Usages(X509Certificate2 certificate)
    {
        X509EnhancedKeyUsageExtension? usages = certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault();
        if (usages is null)
            return "any use";
        IEnumerable<string> words = usages.EnhancedKeyUsages.Cast<Oid>().Select(static usage => usage.Value switch
        {
            UsageNames.ServerAuthOid => "servers",
            UsageNames.ClientAuthOid => "clients",
            var other => other ?? "",
        });
        return string.Join(" and ", words);
    }

    private static string Word(EtcdRole role) => Cures.ProfileOf(role);

    private static string Days(TimeSpan span) => span.TotalDays >= 1 ? $"{(int)span.TotalDays} days" : $"{(int)span.TotalHours} hours";
}
