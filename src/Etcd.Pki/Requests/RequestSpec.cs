using Etcd.Pki.Errors;
using Etcd.Pki.Keys;
using Etcd.Pki.Names;
using Etcd.Pki.Text;

namespace Etcd.Pki.Requests;

/// <summary>What a user wants certified: the CSR JSON of cfssl.</summary>
public sealed record RequestSpec
{
    private const string GoType = "csr.CertificateRequest";

    public string CommonName { get; init; } = "";

    public IReadOnlyList<RequestName> Names { get; init; } = [];

    /// <summary>Alternative names in any of the forms of <see cref="AlternativeNames.FromHosts"/>; null if the request has no list.</summary>
    public IReadOnlyList<string>? Hosts { get; init; }

    public KeySpec Key { get; init; } = KeySpec.Default;

    public CaOptions? Ca { get; init; }

    public string SerialNumber { get; init; } = "";

    /// <summary>CRL distribution point of a new CA.</summary>
    public string CrlUrl { get; init; } = "";

    /// <summary>Asks for the delegated-credentials extension (RFC 9345).</summary>
    public bool IsDelegationEnabled { get; init; }

    /// <summary>Extensions to put into the CSR as they are.</summary>
    public IReadOnlyList<RequestExtension> Extensions { get; init; } = [];

    /// <exception cref="PkiException">Not JSON, or a field of the wrong type; the message is the one of Go's decoder.</exception>
    public static RequestSpec Parse(ReadOnlySpan<byte> json) => FromJson(GoJsonValue.Parse(json));

    /// <inheritdoc cref="Parse"/>
    public static RequestSpec FromJson(GoJsonValue json)
    {
        GoJsonValue request = json.AsStruct(GoType);
        return new RequestSpec
        {
            CommonName = request.StringOrEmpty("CN"),
            Names = ReadNames(request.Find("names")),
            Hosts = request.FindStrings("hosts"),
            Key = ReadKey(request.Find("key")),
            Ca = ReadCa(request.Find("ca")),
            SerialNumber = request.StringOrEmpty("serialnumber"),
            CrlUrl = request.StringOrEmpty("crl_url"),
            IsDelegationEnabled = request.BooleanOrFalse("delegation_enabled"),
            Extensions = [.. (request.Find("extensions")?.Items("[]pkix.Extension") ?? []).Select(RequestExtension.FromJson)],
        };
    }

    /// <summary>The subject: one multi-valued part per attribute, over all <see cref="Names"/>.</summary>
    public SubjectName ToSubject() => SubjectOf(CommonName, Names, SerialNumber);

    /// <summary>The request as JSON, as it is sent to a remote signer.</summary>
    public void WriteJson(GoJsonWriter json)
    {
        json.BeginObject().Member("CN", CommonName).Name("names");
        WriteNames(json, Names);
        json.Name("hosts").Strings(Hosts);
        json.Name("key").BeginObject().Member("algo", Key.Algorithm).Name("size").Number(Key.Bits).EndObject();
        json.MemberIfAny("serialnumber", SerialNumber);
        json.EndObject();
    }

    /// <summary>A request for a subject that exists; hosts and key are left open.</summary>
    public static RequestSpec FromSubject(SubjectName subject) => new()
    {
        CommonName = subject.CommonName,
        Names = NamesOf(subject),
        SerialNumber = subject.SerialNumber,
    };

    private static IReadOnlyList<RequestName> NamesOf(SubjectName subject)
    {
        int count = new[]
        {
            subject.Country.Count, subject.Province.Count, subject.Locality.Count, subject.Organization.Count, subject.OrganizationalUnit.Count,
        }.Max();
        return
        [
            .. Enumerable.Range(0, count).Select(i => new RequestName
            {
                Country = subject.Country.ElementAtOrDefault(i) ?? "",
                Province = subject.Province.ElementAtOrDefault(i) ?? "",
                Locality = subject.Locality.ElementAtOrDefault(i) ?? "",
                Organization = subject.Organization.ElementAtOrDefault(i) ?? "",
                OrganizationalUnit = subject.OrganizationalUnit.ElementAtOrDefault(i) ?? "",
            }),
        ];
    }

    internal static SubjectName SubjectOf(string commonName, IReadOnlyList<RequestName> names, string serialNumber)
    {
        string[] All(Func<RequestName, string> part) => [.. names.Select(part).Where(static text => text.Length > 0)];
        return new SubjectName
        {
            CommonName = commonName,
            Country = All(static name => name.Country),
            Province = All(static name => name.Province),
            Locality = All(static name => name.Locality),
            Organization = All(static name => name.Organization),
            OrganizationalUnit = All(static name => name.OrganizationalUnit),
            SerialNumber = serialNumber,
            Extra =
            [
                .. names.SelectMany(static name =>
                    name.Email.Length == 0 ? name.Oids : [.. name.Oids, new(NameOid.Email, name.Email)]),
            ],
        };
    }

    internal static IReadOnlyList<RequestName> ReadNames(GoJsonValue? json) =>
    [
        .. (json?.Items("[]csr.Name") ?? []).Select(static item =>
        {
            GoJsonValue name = item.AsStruct("csr.Name");
            return new RequestName
            {
                Country = name.StringOrEmpty("C"),
                Province = name.StringOrEmpty("ST"),
                Locality = name.StringOrEmpty("L"),
                Organization = name.StringOrEmpty("O"),
                OrganizationalUnit = name.StringOrEmpty("OU"),
                Email = name.StringOrEmpty("E"),
                Oids = [.. (name.Find("OID")?.Members("map[string]string") ?? []).Select(static pair =>
                    new KeyValuePair<string, string>(pair.Key, pair.Value.AsString()))],
            };
        }),
    ];

    internal static void WriteNames(GoJsonWriter json, IReadOnlyList<RequestName> names)
    {
        json.BeginArray();
        foreach (RequestName name in names)
        {
            json.BeginObject()
                .MemberIfAny("C", name.Country)
                .MemberIfAny("ST", name.Province)
                .MemberIfAny("L", name.Locality)
                .MemberIfAny("O", name.Organization)
                .MemberIfAny("OU", name.OrganizationalUnit)
                .MemberIfAny("E", name.Email);
            if (name.Oids.Count > 0)
            {
                json.Name("OID").BeginObject();
                foreach ((string oid, string value) in name.Oids)
                    json.Member(oid, value);
                json.EndObject();
            }
            json.EndObject();
        }
        json.EndArray();
    }

    // Compat: a key section fills in what it names and keeps the defaults, so {"algo":"rsa"} alone asks for 256 bits and is refused.
    private static KeySpec ReadKey(GoJsonValue? json)
    {
        if (json is null)
            return KeySpec.Default;
        GoJsonValue key = json.AsStruct("csr.KeyRequest");
        long bits = key.Find("size")?.AsInteger() ?? KeySpec.Default.Bits;
        return new KeySpec(key.FindString("algo") ?? KeySpec.Default.Algorithm, (int)Math.Clamp(bits, int.MinValue, int.MaxValue));
    }

    private static CaOptions? ReadCa(GoJsonValue? json)
    {
        if (json is null)
            return null;
        GoJsonValue ca = json.AsStruct("csr.CAConfig");
        long pathLength = ca.Find("pathlen")?.AsInteger() ?? 0;
        return new CaOptions(
            (int)Math.Clamp(pathLength, -1, int.MaxValue),
            ca.BooleanOrFalse("pathlenzero"),
            ca.StringOrEmpty("expiry"),
            ca.StringOrEmpty("backdate"));
    }
}
