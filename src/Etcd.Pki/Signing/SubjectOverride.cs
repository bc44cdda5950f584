using Etcd.Pki.Errors;
using Etcd.Pki.Names;
using Etcd.Pki.Requests;
using Etcd.Pki.Text;

namespace Etcd.Pki.Signing;

/// <summary>A subject that replaces the one of a CSR, as <c>cfssl sign</c> and the HTTP API take it.</summary>
/// <param name="CommonName">Empty to keep the CSR's.</param>
/// <param name="Names">Parts; a kind that is missing altogether is taken from the CSR.</param>
/// <param name="SerialNumber">Empty to keep the CSR's.</param>
public sealed record SubjectOverride(string CommonName, IReadOnlyList<RequestName> Names, string SerialNumber)
{
    /// <exception cref="PkiException">Not an object of that kind.</exception>
    public static SubjectOverride FromJson(GoJsonValue json)
    {
        GoJsonValue subject = json.AsStruct("signer.Subject");
        return new SubjectOverride(
            subject.StringOrEmpty("CN"), RequestSpec.ReadNames(subject.Find("names")), subject.StringOrEmpty("SerialNumber"));
    }

    public void WriteJson(GoJsonWriter json)
    {
        json.BeginObject().Member("CN", CommonName).Name("names");
        RequestSpec.WriteNames(json, Names);
        json.Member("SerialNumber", SerialNumber).EndObject();
    }

    /// <summary>The subject of the certificate.</summary>
    public SubjectName Over(SubjectName requested)
    {
        SubjectName wanted = RequestSpec.SubjectOf(CommonName, Names, SerialNumber);
        return wanted with
        {
            CommonName = wanted.CommonName.Length > 0 ? wanted.CommonName : requested.CommonName,
            SerialNumber = wanted.SerialNumber.Length > 0 ? wanted.SerialNumber : requested.SerialNumber,
            Country = wanted.Country.Count > 0 ? wanted.Country : requested.Country,
            Province = wanted.Province.Count > 0 ? wanted.Province : requested.Province,
            Locality = wanted.Locality.Count > 0 ? wanted.Locality : requested.Locality,
            Organization = wanted.Organization.Count > 0 ? wanted.Organization : requested.Organization,
            OrganizationalUnit = wanted.OrganizationalUnit.Count > 0 ? wanted.OrganizationalUnit : requested.OrganizationalUnit,
            Extra = [], // Compat: neither side's extra attributes survive an override.
        };
    }
}
