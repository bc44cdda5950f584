using System.Security.Cryptography.X509Certificates;
using Etcd.Pki.Cluster;
using Etcd.Pki.Errors;
using Etcd.Pki.Files;
using Etcd.Pki.Inspection;
using Etcd.Pki.Keys;
using Etcd.Pki.Pem;

namespace Etcd.Pki.Checking;

/// <summary>Reads the files to check and sorts them by what they hold, whatever they are called.</summary>
internal sealed class FileCatalog
{
    /// <summary>A folder given by mistake, say the root, must not keep us busy for hours.</summary>
    private const int MostFiles = 1000;

    private readonly EtcdRole? _givenRole;
    private readonly List<Finding> _findings;

    public FileCatalog(IEnumerable<string> paths, EtcdRole? givenRole, List<Finding> findings)
    {
        _givenRole = givenRole;
        _findings = findings;
        foreach (string path in paths)
        {
            foreach (string file in Directory.Exists(path) ? FilesIn(path) : [path])
                Read(file);
        }
    }

    public List<LeafFile> Leaves { get; } = [];

    public List<AuthorityFile> Authorities { get; } = [];

    public List<KeyFile> Keys { get; } = [];

    private static IEnumerable<string> FilesIn(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(static file => Path.GetExtension(file) is ".pem" or ".crt" or ".key" or ".cer")
            .Take(MostFiles)
            .Order(StringComparer.Ordinal);

    private void Read(string path)
    {
        string text;
        try
        {
            text = InputFile.ReadText(path);
        }
        catch (PkiException error)
        {
            _findings.Add(new Finding(FindingLevel.Error, path, $"cannot be read: {error.Message}", $"check the name, and the mode with: ls -l {path}"));
            return;
        }
        IReadOnlyList<PemBlock> blocks = PemBlock.ReadAll(text);
        if (blocks.Count == 0)
        {
            _findings.Add(new Finding(
                FindingLevel.Error, path, "is no PEM file: there is no -----BEGIN …----- block in it",
                $"if it is DER: openssl x509 -inform der -in {path} -out {Path.ChangeExtension(path, ".pem")}"));
            return;
        }
        if (blocks.Any(static block => block.Label.EndsWith("CERTIFICATE", StringComparison.Ordinal)))
            ReadCertificates(path, text);
        if (blocks.Any(static block => block.Label.EndsWith("PRIVATE KEY", StringComparison.Ordinal)))
            ReadKey(path, text);
    }

    private void ReadCertificates(string path, string text)
    {
        IReadOnlyList<X509Certificate2> certificates;
        try
        {
            certificates = CertificateReader.ReadAll(text);
        }
        catch (PkiException)
        {
            _findings.Add(new Finding(FindingLevel.Error, path, "has a damaged certificate", "copy the file again, byte for byte"));
            return;
        }
        if (CertificateUsage.IsAuthority(certificates[0]))
            Authorities.Add(new AuthorityFile(path, certificates));
        else
            Leaves.Add(new LeafFile(path, certificates[0], [.. certificates.Skip(1)], _givenRole ?? GuessRole(path)));
    }

    private void ReadKey(string path, string text)
    {
        try
        {
            Keys.Add(new KeyFile(path, PrivateKeyReader.Read(text)));
        }
        catch (PkiException error)
        {
            bool isEncrypted = text.Contains("ENCRYPTED", StringComparison.Ordinal);
            _findings.Add(isEncrypted
                ? new Finding(FindingLevel.Error, path, "is encrypted; etcd and etcdctl cannot ask for its password and will not start", $"openssl pkey -in {path} -out {PlainName(path)} && chmod 600 {PlainName(path)}")
                : new Finding(FindingLevel.Error, path, $"has a private key that cannot be used: {error.Message}", error.Cure ?? ""));
        }
        CheckMode(path);
    }

    private void CheckMode(string path)
    {
        if (OperatingSystem.IsWindows())
            return;
        const UnixFileMode Others = UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        if ((File.GetUnixFileMode(path) & Others) != UnixFileMode.None)
            _findings.Add(new Finding(FindingLevel.Warning, path, "is a private key that every user of this machine can read", $"chmod 600 {path}"));
    }

    private static string PlainName(string path) =>
        Path.Combine(Path.GetDirectoryName(path) ?? "", Path.GetFileNameWithoutExtension(path) + "-plain" + Path.GetExtension(path));

    // The words that the documents and our own set-up use in file names.
    private static EtcdRole? GuessRole(string path)
    {
        string name = Path.GetFileName(path);
        return name.Contains("peer", StringComparison.OrdinalIgnoreCase) || name.Contains("member", StringComparison.OrdinalIgnoreCase) ? EtcdRole.Peer
            : name.Contains("server", StringComparison.OrdinalIgnoreCase) ? EtcdRole.Server
            : name.Contains("client", StringComparison.OrdinalIgnoreCase) ? EtcdRole.Client
            : null;
    }
}
