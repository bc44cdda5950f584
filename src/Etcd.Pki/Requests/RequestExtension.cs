using System.Formats.Asn1;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Etcd.Pki.Errors;
using Etcd.Pki.Text;

namespace Etcd.Pki.Requests;

/// <summary>An extension given as raw bytes.</summary>
/// <param name="Oid">Dotted.</param>
/// <param name="IsCritical">Whether a reader that does not know it must refuse the certificate.</param>
/// <param name="Value">DER of the extension's value.</param>
public sealed record RequestExtension(string Oid, bool IsCritical, byte[] Value)
{
    /// <summary>Go's form of an extension in a request: <c>{"Id":[1,2,3],"Critical":false,"Value":"base64"}</c>.</summary>
    /// <exception cref="PkiException">Not that form.</exception>
    public static RequestExtension FromJson(GoJsonValue json)
    {
        GoJsonValue extension = json.AsStruct("pkix.Extension");
        IEnumerable<string> arcs = (extension.Find("Id")?.Items("asn1.ObjectIdentifier") ?? [])
            .Select(static arc => arc.AsInteger().ToString(CultureInfo.InvariantCulture));
        try
        {
            byte[] value = Convert.FromBase64String(extension.StringOrEmpty("Value"));
            return new RequestExtension(string.Join('.', arcs), extension.BooleanOrFalse("Critical"), value);
        }
        catch (FormatException)
        {
            throw new PkiException("illegal base64 data in extension value", "extensions[].Value must be base64 of the DER bytes");
        }
    }

    /// <exception cref="PkiException">9300: the OID is none.</exception>
    public X509Extension ToX509()
    {
        try
        {
            // The framework checks the OID only when the certificate is signed, too late for a good message.
            new AsnWriter(AsnEncodingRules.DER).WriteObjectIdentifier(Oid);
            return new X509Extension(Oid, Value, IsCritical);
        }
        catch (ArgumentException)
        {
            throw new PkiException(PkiErrorCategory.Csr, PkiReason.BadRequest, $"invalid extension OID \"{Oid}\"");
        }
    }
}
