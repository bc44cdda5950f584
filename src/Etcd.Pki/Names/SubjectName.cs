using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Etcd.Pki.Errors;

namespace Etcd.Pki.Names;

/// <summary>A distinguished name in the shape of Go's <c>pkix.Name</c>: lists per attribute, one multi-valued RDN each.</summary>
/// <remarks>A name that was read and is written again comes out in this order and with these string types,
/// whatever it looked like before:
/// <code>C, ST, L, street, postalCode, O, OU, CN, serialNumber, then the extra ones
/// PrintableString where the text allows it, else UTF8String</code></remarks>
public sealed record SubjectName
{
    public IReadOnlyList<string> Country { get; init; } = [];

    public IReadOnlyList<string> Province { get; init; } = [];

    public IReadOnlyList<string> Locality { get; init; } = [];

    public IReadOnlyList<string> StreetAddress { get; init; } = [];

    public IReadOnlyList<string> PostalCode { get; init; } = [];

    public IReadOnlyList<string> Organization { get; init; } = [];

    public IReadOnlyList<string> OrganizationalUnit { get; init; } = [];

    public string CommonName { get; init; } = "";

    public string SerialNumber { get; init; } = "";

    /// <summary>Attributes of other types, in order: dotted OID and text. They replace the named attribute of the same type.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Extra { get; init; } = [];

    /// <summary>Every attribute as it was read, in certificate order; empty for a name that was not read from DER.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Attributes { get; private init; } = [];

    public bool IsEmpty => ToDer().Length == 2;

    /// <summary>DER of the RDNSequence.</summary>
    /// <exception cref="PkiException">An extra OID is no OID.</exception>
    public byte[] ToDer()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            WriteAttribute(writer, NameOid.Country, Country);
            WriteAttribute(writer, NameOid.Province, Province);
            WriteAttribute(writer, NameOid.Locality, Locality);
            WriteAttribute(writer, NameOid.StreetAddress, StreetAddress);
            WriteAttribute(writer, NameOid.PostalCode, PostalCode);
            WriteAttribute(writer, NameOid.Organization, Organization);
            WriteAttribute(writer, NameOid.OrganizationalUnit, OrganizationalUnit);
            WriteAttribute(writer, NameOid.CommonName, CommonName.Length == 0 ? [] : [CommonName]);
            WriteAttribute(writer, NameOid.SerialNumber, SerialNumber.Length == 0 ? [] : [SerialNumber]);
            foreach ((string oid, string value) in Extra)
                WriteSet(writer, oid, [value]);
        }
        return writer.Encode();
    }

    /// <summary>The name in the order of RFC 2253, last attribute first: <c>CN=Root,O=Org,C=DE</c>.</summary>
    public override string ToString()
    {
        IReadOnlyList<KeyValuePair<string, string>> attributes = Attributes.Count > 0 ? Attributes : FromDer(ToDer()).Attributes;
        return string.Join(',', attributes.Reverse().Select(static attribute => $"{ShortWord(attribute.Key)}={attribute.Value}"));
    }

    public X500DistinguishedName ToX500() => new(ToDer());

    public static SubjectName FromDer(X500DistinguishedName name) => FromDer(name.RawData);

    /// <exception cref="PkiException">9003: not a distinguished name.</exception>
    public static SubjectName FromDer(ReadOnlyMemory<byte> der)
    {
        var attributes = new List<KeyValuePair<string, string>>();
        try
        {
            AsnReader sequence = new AsnReader(der, AsnEncodingRules.BER).ReadSequence();
            while (sequence.HasData)
            {
                AsnReader set = sequence.ReadSetOf(skipSortOrderValidation: true);
                while (set.HasData)
                {
                    AsnReader attribute = set.ReadSequence();
                    string oid = attribute.ReadObjectIdentifier();
                    if (ReadText(attribute) is { } value)
                        attributes.Add(new(oid, value));
                }
            }
        }
        catch (Exception error) when (error is AsnContentException or CryptographicException)
        {
            throw new PkiException(PkiErrorCategory.Csr, PkiReason.ParseFailed, "asn1: structure error: the subject is no distinguished name");
        }
        return FromAttributes(attributes);
    }

    private static SubjectName FromAttributes(List<KeyValuePair<string, string>> attributes)
    {
        string[] All(string oid) => [.. attributes.Where(pair => pair.Key == oid).Select(static pair => pair.Value)];
        return new SubjectName
        {
            Country = All(NameOid.Country),
            Province = All(NameOid.Province),
            Locality = All(NameOid.Locality),
            StreetAddress = All(NameOid.StreetAddress),
            PostalCode = All(NameOid.PostalCode),
            Organization = All(NameOid.Organization),
            OrganizationalUnit = All(NameOid.OrganizationalUnit),
            CommonName = All(NameOid.CommonName).LastOrDefault() ?? "",
            SerialNumber = All(NameOid.SerialNumber).LastOrDefault() ?? "",
            Extra = [.. attributes.Where(static pair => !IsNamed(pair.Key))],
            Attributes = attributes,
        };
    }

    private static string ShortWord(string oid) => oid switch
    {
        NameOid.CommonName => "CN",
        NameOid.SerialNumber => "SERIALNUMBER",
        NameOid.Country => "C",
        NameOid.Locality => "L",
        NameOid.Province => "ST",
        NameOid.StreetAddress => "STREET",
        NameOid.Organization => "O",
        NameOid.OrganizationalUnit => "OU",
        NameOid.PostalCode => "POSTALCODE",
        _ => oid,
    };

    private static bool IsNamed(string oid) => oid is NameOid.CommonName or NameOid.SerialNumber or NameOid.Country or NameOid.Locality
        or NameOid.Province or NameOid.StreetAddress or NameOid.Organization or NameOid.OrganizationalUnit or NameOid.PostalCode;

    private static string? ReadText(AsnReader attribute)
    {
        Asn1Tag tag = attribute.PeekTag();
        if (tag.TagClass != TagClass.Universal)
            return null;
        // T61 is read as Latin-1, which is what issuers that still use it mean.
        return (UniversalTagNumber)tag.TagValue switch
        {
            UniversalTagNumber.UTF8String or UniversalTagNumber.PrintableString or UniversalTagNumber.IA5String
                or UniversalTagNumber.NumericString or UniversalTagNumber.BMPString or UniversalTagNumber.T61String
                or UniversalTagNumber.VisibleString
                => attribute.ReadCharacterString((UniversalTagNumber)tag.TagValue),
            _ => null,
        };
    }

    private void WriteAttribute(AsnWriter writer, string oid, IReadOnlyList<string> values)
    {
        if (values.Count > 0 && !Extra.Any(extra => extra.Key == oid))
            WriteSet(writer, oid, values);
    }

    private static void WriteSet(AsnWriter writer, string oid, IReadOnlyList<string> values)
    {
        using (writer.PushSetOf())
        {
            foreach (string value in values)
            {
                using (writer.PushSequence())
                {
                    WriteOid(writer, oid);
                    writer.WriteCharacterString(IsPrintable(value) ? UniversalTagNumber.PrintableString : UniversalTagNumber.UTF8String, Scrub(value));
                }
            }
        }
    }

    private static void WriteOid(AsnWriter writer, string oid)
    {
        try
        {
            writer.WriteObjectIdentifier(oid);
        }
        catch (ArgumentException)
        {
            throw new PkiException(PkiErrorCategory.Csr, PkiReason.BadRequest, "invalid OID part " + oid, $"names[].OID \"{oid}\" is no object identifier");
        }
    }

    // A lone surrogate cannot be encoded; JSON input has none, other callers might.
    private static string Scrub(string value) => value.Any(char.IsSurrogate) ? System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(value)) : value;

    // X.680 PrintableString; '*' and '&' are left out on purpose, as Go does.
    private static bool IsPrintable(string value) =>
        value.All(static character => char.IsAsciiLetterOrDigit(character) || " '()+,-./:=?".Contains(character, StringComparison.Ordinal));
}
