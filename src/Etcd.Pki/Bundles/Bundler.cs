using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Etcd.Pki.Errors;
using Etcd.Pki.Files;
using Etcd.Pki.Inspection;
using Etcd.Pki.Keys;
using Etcd.Pki.Names;
using Etcd.Pki.Pem;
using Etcd.Pki.Profiles;
using Etcd.Pki.Signing;
using Etcd.Pki.Text;

namespace Etcd.Pki.Bundles;

/// <summary>Builds bundles from pools of roots and intermediates.</summary>
/// <remarks>Not thread-safe: it learns intermediates while it works.</remarks>
public sealed class Bundler
{
    private const int ExpiringBit = 1;
    private const int NotUbiquitousBit = 2;
    private const int MostFetches = 5;
    private const int LargestFetchBytes = 64 * 1024;
    private const string Sha2Message = "The bundle contains certificates signed with advanced hash functions such as SHA2, which are problematic for certain operating systems, e.g. Windows XP SP2.";
    private const string EcdsaMessage = "The bundle contains ECDSA signatures, which are problematic for certain operating systems, e.g. Windows XP, Android 2.2 and Android 2.3.";
    private const string NoMetadataMessage = "Unable to measure bundle ubiquity: No platform metadata present.";

    private static readonly TimeSpan s_expiringSoon = TimeSpan.FromDays(30);
    private static readonly TimeSpan s_fetchTimeout = TimeSpan.FromSeconds(10);

    private readonly List<X509Certificate2> _roots;
    private readonly List<X509Certificate2> _intermediates;
    private readonly string _stashDirectory;
    private readonly TimeProvider _clock;
    private readonly PkiLog _log;

    private Bundler(
        List<X509Certificate2> roots, List<X509Certificate2> intermediates, string stashDirectory, TimeProvider clock, PkiLog log)
    {
        _roots = roots;
        _intermediates = intermediates;
        _stashDirectory = stashDirectory;
        _clock = clock;
        _log = log;
    }

    /// <summary>Loads the pools.</summary>
    /// <param name="rootsFile">PEM; empty for the system's roots.</param>
    /// <param name="intermediatesFile">PEM; empty for none.</param>
    /// <param name="stashDirectory">Collects intermediates that were met; created if missing; empty to keep none.</param>
    /// <exception cref="PkiException">3xxx or 4xxx: a pool cannot be read.</exception>
    public static Bundler Load(string rootsFile, string intermediatesFile, string stashDirectory, TimeProvider clock, PkiLog log)
    {
        List<X509Certificate2> roots = rootsFile.Length > 0
            ? LoadPool(rootsFile, PkiErrorCategory.Root, "root bundle", log) : LoadSystemRoots();
        List<X509Certificate2> intermediates = intermediatesFile.Length > 0
            ? LoadPool(intermediatesFile, PkiErrorCategory.Intermediates, "intermediate bundle", log) : [];
        if (stashDirectory.Length > 0 && !Directory.Exists(stashDirectory))
        {
            log.Info($"intermediate stash directory {stashDirectory} doesn't exist, creating");
            CreateStash(stashDirectory);
            log.Info($"intermediate stash directory {stashDirectory} created");
        }
        return new Bundler(roots, intermediates, stashDirectory, clock, log);
    }

    /// <summary>Builds a bundle.</summary>
    /// <param name="certificates">The certificate, then any issuers at hand, in either order.</param>
    /// <param name="key">Its private key, to be checked and put into the bundle; null for none.</param>
    /// <param name="flavor">How to choose among chains.</param>
    /// <param name="cancellation">Stops fetching missing issuers.</param>
    /// <exception cref="PkiException">1100 self-signed, 12xx no chain, 2300 another certificate's key.</exception>
    public async Task<Bundle> BuildAsync(
        IReadOnlyList<X509Certificate2> certificates, PrivateKey? key, BundleFlavor flavor, CancellationToken cancellation)
    {
        _log.Info($"bundling certificate for {SubjectName.FromDer(certificates[0].SubjectName)}");
        IReadOnlyList<X509Certificate2> given = LeafFirst(certificates);
        X509Certificate2 leaf = given[0];
        if (key is not null && !key.Matches(leaf.PublicKey))
            throw new PkiException(PkiErrorCategory.PrivateKey, PkiReason.KeyMismatch).WithCure("-key is not the key of -cert");
        if (CertificateSignature.IsSelfSigned(leaf))
            throw new PkiException(PkiErrorCategory.Certificate, PkiReason.SelfSigned);
        if (flavor == BundleFlavor.Force)
            return Assemble(given, root: null, key, given);

        IReadOnlyList<X509Certificate2> chain = Best(await FindChainsAsync(given, cancellation), flavor);
        bool keepsRoot = chain.Count <= 2 && HasOcsp(leaf) && !IsCa(leaf);
        Stash(chain);
        _log.Info($"the anchoring root is {SubjectName.FromDer(chain[^1].SubjectName)}");
        return Assemble(keepsRoot ? chain : [.. chain.SkipLast(1)], chain[^1], key, given);
    }

    private static List<X509Certificate2> LoadPool(string path, PkiErrorCategory category, string name, PkiLog log)
    {
        string pem;
        try
        {
            pem = InputFile.ReadText(path);
        }
        catch (PkiException error)
        {
            log.Error($"{name} failed to load: {error.Message}");
            throw new PkiException(category, PkiReason.ReadFailed, error.Message, error.Cure);
        }
        try
        {
            return [.. CertificateReader.ReadAll(pem)];
        }
        catch (PkiException error)
        {
            log.Error($"failed to parse {name}: {error.Line}");
            throw new PkiException(category, PkiReason.ParseFailed).WithCure($"{path} must hold certificates in PEM form");
        }
    }

    private static List<X509Certificate2> LoadSystemRoots()
    {
        using var store = new X509Store(StoreName.Root, StoreLocation.LocalMachine);
        store.Open(OpenFlags.ReadOnly);
        return [.. store.Certificates];
    }

    private static void CreateStash(string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PkiException($"mkdir {directory}: {error.Message}", "name a folder that can be written with -int-dir");
        }
    }

    private static IReadOnlyList<X509Certificate2> LeafFirst(IReadOnlyList<X509Certificate2> certificates)
    {
        if (certificates.Count < 2 || IsChain(certificates))
            return certificates;
        X509Certificate2[] reversed = [.. certificates.Reverse()];
        return IsChain(reversed) ? reversed : certificates;
    }

    private static bool IsChain(IReadOnlyList<X509Certificate2> certificates) =>
        Enumerable.Range(0, certificates.Count - 1).All(i => CertificateSignature.IsSignedBy(certificates[i], certificates[i + 1]));

    private async Task<IReadOnlyList<IReadOnlyList<X509Certificate2>>> FindChainsAsync(
        IReadOnlyList<X509Certificate2> given, CancellationToken cancellation)
    {
        X509Certificate2 leaf = given[0];
        List<X509Certificate2> pool = [.. _intermediates, .. given.Skip(1)];
        var finder = new ChainFinder(_roots, pool, _clock.GetUtcNow());
        IReadOnlyList<IReadOnlyList<X509Certificate2>> chains = finder.Find(leaf);
        if (chains.Count == 0 && await FetchIssuersAsync(given[^1], pool, cancellation))
        {
            finder = new ChainFinder(_roots, pool, _clock.GetUtcNow());
            chains = finder.Find(leaf);
        }
        if (chains.Count == 0)
            throw finder.HasMetExpired
                ? new PkiException(PkiErrorCategory.Certificate, PkiReason.Expired, "x509: certificate has expired or is not yet valid")
                : new PkiException(
                    PkiErrorCategory.Certificate,
                    PkiReason.UnknownAuthority,
                    "x509: certificate signed by unknown authority",
                    "give the issuer with -int-bundle and its root with -ca-bundle");
        return AllowsServers(leaf) ? chains : throw new PkiException(
            PkiErrorCategory.Certificate,
            PkiReason.IncompatibleUsage,
            "x509: certificate specifies an incompatible key usage",
            "bundles are for servers: the certificate needs the usage \"server auth\"");
    }

    // Follows the "issuer is at this address" pointers of certificates, a few steps only and http only, as RFC 5280 §4.2.2.1 has it.
    private async Task<bool> FetchIssuersAsync(X509Certificate2 last, List<X509Certificate2> pool, CancellationToken cancellation)
    {
        using var http = new HttpClient { Timeout = s_fetchTimeout, MaxResponseContentBufferSize = LargestFetchBytes };
        bool hasNew = false;
        X509Certificate2? current = last;
        for (int fetches = 0; current is not null && fetches < MostFetches; fetches++)
        {
            string? url = current.Extensions.OfType<X509AuthorityInformationAccessExtension>()
                .SelectMany(static access => access.EnumerateCAIssuersUris())
                .FirstOrDefault(static url => url.StartsWith("http://", StringComparison.OrdinalIgnoreCase));
            current = url is null ? null : await FetchAsync(http, url, cancellation);
            if (current is null)
                break;
            pool.Add(current);
            hasNew = true;
        }
        return hasNew;
    }

    private async Task<X509Certificate2?> FetchAsync(HttpClient http, string url, CancellationToken cancellation)
    {
        try
        {
            byte[] bytes = await http.GetByteArrayAsync(new Uri(url), cancellation);
            return CertificateReader.ReadAny(bytes, password: null)[0];
        }
        catch (Exception error) when (error is HttpRequestException or PkiException or UriFormatException
            || (error is TaskCanceledException && !cancellation.IsCancellationRequested))
        {
            _log.Debug($"fetching the issuer from {url} failed: {error.Message}");
            return null;
        }
    }

    private IReadOnlyList<X509Certificate2> Best(IReadOnlyList<IReadOnlyList<X509Certificate2>> chains, BundleFlavor flavor)
    {
        if (flavor == BundleFlavor.Ubiquitous)
            _log.Warning("No metadata, Ubiquitous falls back to Optimal.");
        return chains
            .OrderBy(static chain => chain.Count)
            .ThenByDescending(static chain => chain.Min(static certificate => certificate.NotAfter))
            .First();
    }

    // What was learned from the input is kept for the next time.
    private void Stash(IReadOnlyList<X509Certificate2> chain)
    {
        if (_stashDirectory.Length == 0)
            return;
        foreach (X509Certificate2 certificate in chain.Skip(1).SkipLast(1))
        {
            if (_intermediates.Any(known => known.RawDataMemory.Span.SequenceEqual(certificate.RawDataMemory.Span)))
                continue;
            _intermediates.Add(certificate);
            string name = StashName(certificate);
            try
            {
                byte[] pem = System.Text.Encoding.ASCII.GetBytes(PemBlock.Write("CERTIFICATE", certificate.RawData));
                AtomicFile.Write(Path.Combine(_stashDirectory, name), pem, AtomicFile.PublicMode);
                _log.Info($"stashed new intermediate {name}");
            }
            catch (PkiException error)
            {
                _log.Error($"failed to write new intermediate: {error.Message}");
            }
        }
    }

    private static string StashName(X509Certificate2 certificate)
    {
        string commonName = SubjectName.FromDer(certificate.SubjectName).CommonName;
        // The name comes from a certificate, that is from a stranger: nothing in it may leave the folder.
        string safeName = string.Concat(commonName.Where(static character => char.IsLetterOrDigit(character) || character is '-' or '_'));
        string keyId = Convert.ToHexStringLower(KeyIdentifiers.SubjectOf(certificate));
        return $"{safeName}_{keyId}_{Convert.ToHexStringLower(certificate.SerialNumberBytes.Span)}.crt";
    }

    private Bundle Assemble(
        IReadOnlyList<X509Certificate2> chain, X509Certificate2? root, PrivateKey? key, IReadOnlyList<X509Certificate2> given)
    {
        int code = 0;
        var messages = new List<string>();
        DateTime soon = _clock.GetUtcNow().UtcDateTime + s_expiringSoon;
        int[] expiring = [.. Enumerable.Range(0, chain.Count).Where(i => chain[i].NotAfter.ToUniversalTime() < soon)];
        if (expiring.Length > 0)
        {
            code |= ExpiringBit;
            messages.Add(ExpiryMessage(expiring));
        }
        string[] algorithms = [.. chain.Select(static certificate => SignatureAlgorithms.NameOf(certificate.SignatureAlgorithm.Value))];
        if (algorithms.Any(static name => name.Contains("SHA256", StringComparison.Ordinal) || name.Contains("SHA384", StringComparison.Ordinal)
            || name.Contains("SHA512", StringComparison.Ordinal)))
        {
            code |= NotUbiquitousBit;
            messages.Add(Sha2Message);
        }
        if (algorithms.Any(static name => name.StartsWith("ECDSA", StringComparison.Ordinal)))
        {
            code |= NotUbiquitousBit;
            messages.Add(EcdsaMessage);
        }
        if (root is not null)
        {
            code |= NotUbiquitousBit;
            messages.Add(NoMetadataMessage);
        }
        bool isRebundled = !chain.Select(static certificate => certificate.RawData).SequenceEqual(given.Select(static certificate => certificate.RawData), BytesEqual);
        string[]? keyIds = expiring.Length == 0 ? null : [.. expiring.Select(i => Convert.ToHexString(KeyIdentifiers.SubjectOf(chain[i])))];
        return new Bundle(chain, root, key, new BundleStatus(isRebundled, keyIds, root is null ? null : [], messages, code));
    }

    private static IEqualityComparer<byte[]> BytesEqual { get; } = EqualityComparer<byte[]>.Create(
        static (one, other) => one.AsSpan().SequenceEqual(other), static bytes => bytes.Length);

    private static string ExpiryMessage(int[] expiring)
    {
        string places = string.Concat(expiring.Select(static i => $" #{(i + 1).ToString(CultureInfo.InvariantCulture)}"));
        string subject = expiring.Length > 1 ? "The expiring certs are" : "The expiring cert is";
        // Compat: no blank between the two sentences.
        return $"The bundle is expiring within 30 days.{subject}{places} in the chain.";
    }

    private static bool HasOcsp(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509AuthorityInformationAccessExtension>().Any(static access => access.EnumerateOcspUris().Any());

    private static bool IsCa(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(static constraints => constraints.CertificateAuthority);

    private static bool AllowsServers(X509Certificate2 certificate)
    {
        X509EnhancedKeyUsageExtension? usages = certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault();
        return usages is null || usages.EnhancedKeyUsages.Cast<System.Security.Cryptography.Oid>().Any(static usage =>
            usage.Value is UsageNames.ServerAuthOid or UsageNames.AnyOid or "1.3.6.1.4.1.311.10.3.3" or "2.16.840.1.113730.4.1");
    }
}
