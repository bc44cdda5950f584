using System.Formats.Tar;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Etcd.Pki.Errors;
using Etcd.Pki.Files;
using Etcd.Pki.Inspection;
using Etcd.Pki.Keys;
using Etcd.Pki.Names;
using Etcd.Pki.Pem;
using Etcd.Pki.Profiles;
using Etcd.Pki.Requests;
using Etcd.Pki.Signing;
using Etcd.Pki.Text;

namespace Etcd.Pki.Depot;

/// <summary>A folder with a small CA in the ways of etcd-ca: one CA, one key, request and certificate per host.</summary>
/// <remarks><code>
/// ca.key 0400    ca.crt 0444    ca.crt.info 0400 (the next serial number, decimal, no newline)
/// NAME.host.key 0440    NAME.host.csr 0444    NAME.host.crt 0444
/// </code>
/// Keys are RSA and always encrypted, with an empty passphrase if need be. Nothing is ever overwritten.</remarks>
public sealed class CaDepot(string directory, TimeProvider clock, PkiLog log)
{
    private const UnixFileMode OwnerReads = UnixFileMode.UserRead;
    private const UnixFileMode GroupReads = OwnerReads | UnixFileMode.GroupRead;
    private const UnixFileMode AllRead = GroupReads | UnixFileMode.OtherRead;
    private const int FirstHostSerial = 2;
    private const double WarningDays = 60;

    private string CaKeyFile => Path.Combine(directory, "ca.key");

    private string CaFile => Path.Combine(directory, "ca.crt");

    private string SerialFile => Path.Combine(directory, "ca.crt.info");

    /// <summary>Makes the CA.</summary>
    /// <exception cref="PkiException">There is one already, or a file cannot be written.</exception>
    public void Init(DepotSubject subject, int keyBits, int years, string passphrase)
    {
        if (File.Exists(CaFile) || File.Exists(CaKeyFile))
            throw new PkiException("CA has existed!");
        CreateFolder();
        using PrivateKey key = Generate(keyBits);
        DateTimeOffset now = clock.GetUtcNow();
        var template = new CertificateTemplate
        {
            Subject = new SubjectName { Country = [subject.Country], Organization = [subject.Organization], OrganizationalUnit = ["CA"] },
            PublicKey = PublicKey.CreateFromSubjectPublicKeyInfo(key.ExportPublicKey(), out _),
            Serial = [1],
            NotBefore = now,
            NotAfter = now.AddYears(years),
            KeyUsage = X509KeyUsageFlags.KeyCertSign,
            IsCa = true,
            SignatureHash = HashAlgorithmName.SHA256,
        };
        string certificate = PemBlock.Write("CERTIFICATE", template.Sign(issuer: null, key));
        AtomicFile.WriteNew(CaKeyFile, Encrypt(key, passphrase), OwnerReads, isForced: false);
        AtomicFile.WriteNew(SerialFile, Encoding.ASCII.GetBytes(FirstHostSerial.ToString(CultureInfo.InvariantCulture)), OwnerReads, isForced: false);
        AtomicFile.WriteNew(CaFile, Encoding.ASCII.GetBytes(certificate), AllRead, isForced: false);
    }

    /// <summary>Makes a key and a request for a host.</summary>
    /// <param name="name">The host's name in the depot.</param>
    /// <param name="addresses">IP addresses of the certificate.</param>
    /// <param name="domains">DNS names of the certificate; the first is the common name.</param>
    /// <exception cref="PkiException">The request is there already, or an address is none.</exception>
    public void NewCertificate(
        string name, IReadOnlyList<string> addresses, IReadOnlyList<string> domains, DepotSubject subject, int keyBits, string passphrase)
    {
        CheckName(name);
        if (File.Exists(HostFile(name, "csr")) || File.Exists(HostFile(name, "key")))
            throw new PkiException("Certificate request has existed!");
        if (addresses.FirstOrDefault(static address => !HostText.TryParseIp(address, out _)) is { } bad)
            throw new PkiException($"Create certificate request error: failed to parse ip {bad}", "--ip takes IP addresses, comma-separated; names go to --domain");
        CreateFolder();
        using PrivateKey key = Generate(keyBits);
        var request = new RequestSpec
        {
            CommonName = domains.Concat(addresses).FirstOrDefault() ?? "",
            Names = [new RequestName { Country = subject.Country, Organization = subject.Organization, OrganizationalUnit = name }],
            Hosts = [.. domains, .. addresses],
        };
        string csr = CsrBuilder.Create(request, key, PkiLog.Silent);
        AtomicFile.WriteNew(HostFile(name, "key"), Encrypt(key, passphrase), GroupReads, isForced: false);
        AtomicFile.WriteNew(HostFile(name, "csr"), Encoding.ASCII.GetBytes(csr), AllRead, isForced: false);
    }

    /// <summary>Signs a host's request.</summary>
    /// <param name="passphrase">Of the CA's key.</param>
    /// <exception cref="PkiException">No CA, no request, signed already, or the passphrase is wrong.</exception>
    public void Sign(string name, int years, string passphrase)
    {
        CheckName(name);
        if (File.Exists(HostFile(name, "crt")))
            throw new PkiException("Certificate has existed!");
        if (!File.Exists(HostFile(name, "csr")))
            throw new PkiException($"Get certificate request error: stat {HostFile(name, "csr")}: no such file or directory", $"make it first: etcdctl pki new-cert {name}");
        RequireCa();
        Csr csr = CsrReader.Read(InputFile.ReadText(HostFile(name, "csr")));
        using X509Certificate2 ca = CertificateReader.ReadOne(InputFile.ReadText(CaFile));
        using PrivateKey key = PrivateKeyReader.Read(InputFile.ReadText(CaKeyFile), passphrase);
        int serial = ReadSerial();
        DateTimeOffset now = clock.GetUtcNow();
        var template = new CertificateTemplate
        {
            Subject = csr.Subject,
            PublicKey = csr.PublicKey,
            Serial = SerialNumbers.FromInteger(serial),
            NotBefore = now,
            NotAfter = now.AddYears(years),
            ExtendedUsageOids = [UsageNames.ServerAuthOid, UsageNames.ClientAuthOid],
            HasBasicConstraints = false,
            AlternativeNames = csr.AlternativeNames,
            SignatureHash = HashAlgorithmName.SHA256,
        };
        string certificate = PemBlock.Write("CERTIFICATE", template.Sign(ca, key));
        // The counter moves first: an interruption may waste a number, it must not use one twice.
        AtomicFile.WriteReadOnly(SerialFile, Encoding.ASCII.GetBytes((serial + 1).ToString(CultureInfo.InvariantCulture)), OwnerReads);
        AtomicFile.WriteNew(HostFile(name, "crt"), Encoding.ASCII.GetBytes(certificate), AllRead, isForced: false);
    }

    /// <summary>The CA certificate, PEM.</summary>
    /// <exception cref="PkiException">There is none.</exception>
    public string ReadCa()
    {
        RequireCa();
        return InputFile.ReadText(CaFile);
    }

    /// <summary>A host's certificate, PEM, after checking that this CA signed it.</summary>
    /// <exception cref="PkiException">There is none, or it is another CA's.</exception>
    public string ReadHost(string name)
    {
        CheckName(name);
        string pem = InputFile.ReadText(HostFile(name, "crt"));
        using X509Certificate2 certificate = CertificateReader.ReadOne(pem);
        using X509Certificate2 ca = CertificateReader.ReadOne(ReadCa());
        return CertificateSignature.IsSignedBy(certificate, ca)
            ? pem : throw new PkiException($"Verify certificate error: {name} was not signed by this CA");
    }

    /// <summary>Writes a tar archive with a certificate and its key.</summary>
    /// <param name="name">The host; null for the CA.</param>
    /// <param name="output">Gets the archive.</param>
    /// <param name="plainPassphrase">Opens the key to export it unencrypted; null to export it as it is.</param>
    /// <exception cref="PkiException">A file is missing, or the passphrase is wrong.</exception>
    public void Export(string? name, Stream output, string? plainPassphrase)
    {
        string label = name ?? "ca";
        byte[] certificate = Encoding.ASCII.GetBytes(name is null ? ReadCa() : ReadHost(name));
        string keyPem = InputFile.ReadText(name is null ? CaKeyFile : HostFile(name, "key"));
        string keyName = $"{label}.key";
        if (plainPassphrase is not null)
        {
            using PrivateKey key = PrivateKeyReader.Read(keyPem, plainPassphrase);
            keyPem = key.ToPem();
            keyName += ".insecure";
        }
        using var tar = new TarWriter(output, TarEntryFormat.Ustar, leaveOpen: true);
        AddEntry(tar, $"{label}.crt", certificate);
        AddEntry(tar, keyName, Encoding.ASCII.GetBytes(keyPem));
    }

    /// <summary>One line about the CA and one about every host.</summary>
    /// <exception cref="PkiException">There is no CA.</exception>
    public IReadOnlyList<string> Status()
    {
        if (!File.Exists(CaFile))
            throw new PkiException("CA certificate hasn't existed!");
        var lines = new List<string> { $"CA: {Life(CaFile)}" };
        foreach (string file in Directory.GetFiles(directory, "*.host.csr").Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileName(file)[..^".host.csr".Length];
            string certificate = HostFile(name, "crt");
            lines.Add(File.Exists(certificate) ? $"{name}: {Life(certificate)}" : $"{name}: Unsigned");
        }
        return lines;
    }

    private string HostFile(string name, string ending) => Path.Combine(directory, $"{name}.host.{ending}");

    private void RequireCa()
    {
        if (!File.Exists(CaFile) || !File.Exists(CaKeyFile))
            throw new PkiException("Please run 'etcd-ca init' to initial the depot.", "here: etcdctl pki init");
    }

    private static void CheckName(string name)
    {
        bool isSafe = name.Length > 0 && name[0] != '.' && name.All(static character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.');
        if (!isSafe)
            throw new PkiException($"\"{name}\" cannot be a host's name here", "use letters, digits, dots, dashes");
    }

    private PrivateKey Generate(int bits)
    {
        var spec = new KeySpec("rsa", bits);
        spec.Check();
        using IDisposable busy = log.ShowBusy($"generating key: rsa-{bits.ToString(CultureInfo.InvariantCulture)}");
        return PrivateKey.Generate(spec);
    }

    private static byte[] Encrypt(PrivateKey key, string passphrase)
    {
        var rsa = (RSA)key.Key;
        byte[] der = rsa.ExportRSAPrivateKey();
        string pem = LegacyPemCipher.Encrypt("RSA PRIVATE KEY", der, passphrase);
        CryptographicOperations.ZeroMemory(der);
        return Encoding.ASCII.GetBytes(pem);
    }

    private void CreateFolder()
    {
        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PkiException($"mkdir {directory}: {error.Message}");
        }
    }

    private int ReadSerial() =>
        int.TryParse(InputFile.ReadText(SerialFile), NumberStyles.None, CultureInfo.InvariantCulture, out int serial) && serial > 1
            ? serial : throw new PkiException($"{SerialFile} holds no serial number", "it must hold a number above every serial number used so far");

    private string Life(string path)
    {
        using X509Certificate2 certificate = CertificateReader.ReadOne(InputFile.ReadText(path));
        double days = (certificate.NotAfter.ToUniversalTime() - clock.GetUtcNow().UtcDateTime).TotalDays;
        string word = days < WarningDays ? "WARN" : "OK";
        return $"{word} ({days.ToString("F2", CultureInfo.InvariantCulture)} days until expiration)";
    }

    private void AddEntry(TarWriter tar, string name, byte[] contents) => tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name)
    {
        DataStream = new MemoryStream(contents),
        Mode = AtomicFile.PublicMode,
        ModificationTime = clock.GetUtcNow(),
    });
}
