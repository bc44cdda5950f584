using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Etcd.Pki.Errors;

namespace Etcd.Pki.Names;

/// <summary>Subject alternative names by kind, each in input order.</summary>
/// <remarks>Written as <c>DNS…, e-mail…, IP…, URI…</c>; other kinds (otherName, directoryName) are dropped when read.</remarks>
public sealed record AlternativeNames
{
    public const string Oid = "2.5.29.17";

    private static readonly Asn1Tag s_email = new(TagClass.ContextSpecific, 1);
    private static readonly Asn1Tag s_dns = new(TagClass.ContextSpecific, 2);
    private static readonly Asn1Tag s_uri = new(TagClass.ContextSpecific, 6);
    private static readonly Asn1Tag s_ip = new(TagClass.ContextSpecific, 7);

    public static AlternativeNames None { get; } = new();

    public IReadOnlyList<string> Dns { get; init; } = [];

    public IReadOnlyList<string> Emails { get; init; } = [];

    public IReadOnlyList<IPAddress> Addresses { get; init; } = [];

    public IReadOnlyList<string> Uris { get; init; } = [];

    public bool IsEmpty => Dns.Count + Emails.Count + Addresses.Count + Uris.Count == 0;

    /// <summary>Sorts host texts into kinds; the first match wins: IP, mail address, URI, else DNS unchecked.</summary>
    public static AlternativeNames FromHosts(IEnumerable<string> hosts)
    {
        var dns = new List<string>();
        var emails = new List<string>();
        var addresses = new List<IPAddress>();
        var uris = new List<string>();
        foreach (string host in hosts)
        {
            if (HostText.TryParseIp(host, out IPAddress? address))
                addresses.Add(address);
            else if (HostText.TryParseMail(host, out string? mail))
                emails.Add(mail);
            else if (HostText.TryParseUri(host, out string? uri))
                uris.Add(uri);
            else
                dns.Add(host);
        }
        return new AlternativeNames { Dns = dns, Emails = emails, Addresses = addresses, Uris = uris };
    }

    /// <summary>The names as host texts in the order that cfssl lists them when it renews: IP, DNS, e-mail, URI.</summary>
    public IEnumerable<string> ToHosts() => [.. Addresses.Select(static address => address.ToString()), .. Dns, .. Emails, .. Uris];

    /// <exception cref="PkiException">A name has characters outside ASCII.</exception>
    public X509Extension ToExtension(bool isCritical)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach (string name in Dns)
                WriteText(writer, s_dns, name);
            foreach (string mail in Emails)
                WriteText(writer, s_email, mail);
            foreach (IPAddress address in Addresses)
                writer.WriteOctetString(ShortestBytes(address), s_ip);
            foreach (string uri in Uris)
                WriteText(writer, s_uri, uri);
        }
        return new X509Extension(Oid, writer.Encode(), isCritical);
    }

    /// <exception cref="PkiException">9003: not a list of general names.</exception>
    public static AlternativeNames FromExtension(ReadOnlyMemory<byte> der)
    {
        var dns = new List<string>();
        var emails = new List<string>();
        var addresses = new List<IPAddress>();
        var uris = new List<string>();
        try
        {
            AsnReader names = new AsnReader(der, AsnEncodingRules.BER).ReadSequence();
            while (names.HasData)
            {
                Asn1Tag tag = names.PeekTag();
                if (tag.HasSameClassAndValue(s_dns))
                    dns.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, s_dns));
                else if (tag.HasSameClassAndValue(s_email))
                    emails.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, s_email));
                else if (tag.HasSameClassAndValue(s_uri))
                    uris.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, s_uri));
                else if (tag.HasSameClassAndValue(s_ip))
                    addresses.Add(ReadAddress(names.ReadOctetString(s_ip)));
                else
                    names.ReadEncodedValue();
            }
        }
        catch (AsnContentException)
        {
            throw new PkiException(PkiErrorCategory.Csr, PkiReason.ParseFailed, "x509: invalid subject alternative names");
        }
        return new AlternativeNames { Dns = dns, Emails = emails, Addresses = addresses, Uris = uris };
    }

    /// <summary>The names of a certificate; none if it has no such extension.</summary>
    public static AlternativeNames Of(X509Certificate2 certificate)
    {
        foreach (X509Extension extension in certificate.Extensions)
        {
            if (extension.Oid?.Value == Oid)
                return FromExtension(extension.RawData);
        }
        return None;
    }

    private static IPAddress ReadAddress(byte[] bytes) => bytes.Length is 4 or 16
        ? new IPAddress(bytes)
        : throw new PkiException(PkiErrorCategory.Csr, PkiReason.ParseFailed, $"x509: cannot parse IP address of length {bytes.Length}");

    private static byte[] ShortestBytes(IPAddress address) =>
        (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).GetAddressBytes();

    private static void WriteText(AsnWriter writer, Asn1Tag tag, string text)
    {
        if (text.Any(static character => character > '\x7f'))
            throw new PkiException(
                PkiErrorCategory.Csr,
                PkiReason.BadRequest,
                $"x509: \"{text}\" cannot be encoded as an IA5String",
                $"the host \"{text}\" has letters outside ASCII: write the xn-- form of the name");
        writer.WriteCharacterString(UniversalTagNumber.IA5String, text, tag);
    }
}
