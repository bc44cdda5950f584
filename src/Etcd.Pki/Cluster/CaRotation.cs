using System.Security.Cryptography.X509Certificates;
using System.Text;
using Etcd.Pki.Errors;
using Etcd.Pki.Files;
using Etcd.Pki.Inspection;
using Etcd.Pki.Keys;
using Etcd.Pki.Names;
using Etcd.Pki.Pem;
using Etcd.Pki.Text;

namespace Etcd.Pki.Cluster;

/// <summary>How far a rotation has come; each stage may be repeated and may have been interrupted anywhere.</summary>
public enum RotationStage
{
    /// <summary>No rotation is under way.</summary>
    None = 0,

    /// <summary>A new authority exists and everybody is to trust both.</summary>
    TrustBoth = 1,

    /// <summary>Every certificate is from the new authority; the old one is still trusted.</summary>
    Reissued = 2,
}

/// <summary>Replaces the authority of a running cluster without an outage, in three stages with a roll-out after each.</summary>
/// <remarks><code>
///            signs   trusted       etcd needs afterwards
/// 1 trust    old     old + new     ca.pem everywhere, then a restart, one member after the other (it reads ca.pem at start only)
/// 2 reissue  new     old + new     the new certificates; no restart (it reads them at every handshake)
/// 3 drop     new     new           ca.pem everywhere, then a restart, one member after the other
/// </code>
/// What marks a rotation is the file <c>ca/next.pem</c>: it is written last in stage 1 and renamed last in stage 3.</remarks>
public sealed class CaRotation(string directory, TimeProvider clock, PkiLog log)
{
    private readonly ClusterLayout _layout = new(directory);

    /// <summary>The last stage that is complete.</summary>
    /// <exception cref="PkiException">The folder has no set-up, or a file is broken.</exception>
    public RotationStage Completed
    {
        get
        {
            CheckLayout();
            if (!File.Exists(_layout.NextAuthority.Certificate))
                return RotationStage.None;
            using X509Certificate2 next = ReadCertificate(_layout.NextAuthority.Certificate);
            if (_layout.TrustFiles().Any(file => !Trusts(file, next)))
                return RotationStage.None;
            return FindForeign(next).Count == 0 ? RotationStage.Reissued : RotationStage.TrustBoth;
        }
    }

    /// <summary>Makes a new authority if there is none yet, and makes everybody trust both.</summary>
    /// <exception cref="PkiException">A file cannot be read or written.</exception>
    public IReadOnlyList<SetupAction> TrustBoth(KeySpec key, TimeSpan life)
    {
        CheckLayout();
        key.Check();
        var actions = new List<SetupAction>();
        PairPath next = _layout.NextAuthority;
        if (!File.Exists(next.Certificate))
        {
            // A key alone is what an interruption leaves behind: it is used.
            if (File.Exists(next.Key))
                Authorities.CertifyKey(next, life, clock).Dispose();
            else
                Authorities.Create(next, key, life, clock, log).Dispose();
            actions.Add(new SetupAction(next.Certificate, SetupOutcome.Created));
        }
        else
        {
            actions.Add(new SetupAction(next.Certificate, SetupOutcome.Kept));
        }
        using X509Certificate2 oldCa = ReadCertificate(_layout.Authority.Certificate);
        using X509Certificate2 newCa = ReadCertificate(next.Certificate);
        WriteTrust(PemBlock.Write("CERTIFICATE", oldCa.RawData) + PemBlock.Write("CERTIFICATE", newCa.RawData), actions);
        return actions;
    }

    /// <summary>Issues every certificate again, for the same keys, names and usages, from the new authority.</summary>
    /// <exception cref="PkiException">Stage 1 is not complete, or a file cannot be read or written.</exception>
    public IReadOnlyList<SetupAction> Reissue(TimeSpan life)
    {
        if (Completed == RotationStage.None)
            throw new PkiException("stage 1 is not complete", "run it first: --stage 1; a certificate from an authority that nobody trusts would cut its owner off");
        (X509Certificate2 ca, PrivateKey key) = Authorities.Read(_layout.NextAuthority);
        using var issuer = new PairIssuer(ca, key, life, renewBefore: TimeSpan.Zero, KeySpec.Default, isForced: false, clock, log);
        var actions = new List<SetupAction>();
        foreach (string member in _layout.FindMembers())
        {
            actions.Add(Reissue(issuer, _layout.Server(member), EtcdRole.Server));
            actions.Add(Reissue(issuer, _layout.Peer(member), EtcdRole.Peer));
        }
        actions.Add(Reissue(issuer, _layout.Client, EtcdRole.Client));
        return actions;
    }

    /// <summary>Makes everybody forget the old authority and puts the new one in its place.</summary>
    /// <exception cref="PkiException">Stage 2 is not complete, or a file cannot be read or written.</exception>
    public IReadOnlyList<SetupAction> DropOld()
    {
        CheckLayout();
        PairPath next = _layout.NextAuthority;
        if (!File.Exists(next.Certificate))
            throw new PkiException("no rotation is under way", "begin with --stage 1");
        using X509Certificate2 newCa = ReadCertificate(next.Certificate);
        if (FindForeign(newCa) is [var first, ..])
            throw new PkiException($"{first} is still from the old authority", "run stage 2 first: --stage 2");
        var actions = new List<SetupAction>();
        WriteTrust(PemBlock.Write("CERTIFICATE", newCa.RawData), actions);
        ArchiveOld(actions);
        Promote(next.Key, _layout.Authority.Key);
        Promote(next.Certificate, _layout.Authority.Certificate);
        actions.Add(new SetupAction(_layout.Authority.Certificate, SetupOutcome.Replaced));
        return actions;
    }

    // The key goes first: while the certificate is there, its serial number still tells how to call the key.
    private void ArchiveOld(List<SetupAction> actions)
    {
        PairPath old = _layout.Authority;
        if (!File.Exists(old.Certificate))
            return; // An interrupted run got this far.
        using X509Certificate2 certificate = ReadCertificate(old.Certificate);
        var archive = new PairPath(Path.Combine(_layout.AuthorityFolder, $"old-{certificate.SerialNumber}"));
        if (File.Exists(old.Key))
            Promote(old.Key, archive.Key);
        Promote(old.Certificate, archive.Certificate);
        actions.Add(new SetupAction(archive.Certificate, SetupOutcome.Created, "the old authority, kept for the record; its key can be destroyed"));
    }

    private SetupAction Reissue(PairIssuer issuer, PairPath pair, EtcdRole role)
    {
        using X509Certificate2 certificate = ReadCertificate(pair.Certificate);
        string commonName = SubjectName.FromDer(certificate.SubjectName).CommonName;
        return issuer.Ensure(pair, role, commonName, [.. AlternativeNames.Of(certificate).ToHosts()]);
    }

    private void WriteTrust(string pem, List<SetupAction> actions)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(pem);
        foreach (string file in _layout.TrustFiles())
        {
            bool isCurrent = File.Exists(file) && InputFile.Read(file).AsSpan().SequenceEqual(bytes);
            if (!isCurrent)
                AtomicFile.Write(file, bytes, AtomicFile.PublicMode);
            actions.Add(new SetupAction(file, isCurrent ? SetupOutcome.Kept : SetupOutcome.Replaced));
        }
    }

    private List<string> FindForeign(X509Certificate2 ca)
    {
        var foreign = new List<string>();
        foreach (PairPath pair in _layout.IssuedPairs().Where(static pair => File.Exists(pair.Certificate)))
        {
            using X509Certificate2 certificate = ReadCertificate(pair.Certificate);
            if (!CertificateSignature.IsSignedBy(certificate, ca))
                foreign.Add(pair.Certificate);
        }
        return foreign;
    }

    private static bool Trusts(string file, X509Certificate2 ca) =>
        File.Exists(file) && CertificateReader.ReadAll(InputFile.ReadText(file)).Any(trusted => trusted.RawDataMemory.Span.SequenceEqual(ca.RawDataMemory.Span));

    private void CheckLayout()
    {
        if (_layout.FindMembers().Count == 0)
            throw new PkiException($"{_layout.Root} is no set-up of a cluster", "--out names the folder that etcdctl pki up has written");
    }

    private static X509Certificate2 ReadCertificate(string path) => CertificateReader.ReadOne(InputFile.ReadText(path));

    private static void Promote(string from, string to)
    {
        if (!File.Exists(from))
            return; // An interrupted run got this far.
        try
        {
            File.Move(from, to, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PkiException($"rename {from} {to}: {error.Message}");
        }
    }
}
