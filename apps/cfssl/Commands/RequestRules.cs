using Etcd.Pki.Errors;
using Etcd.Pki.Requests;

namespace Cfssl.Commands;

/// <summary>Rules about requests that several commands share.</summary>
internal static class RequestRules
{
    /// <summary>Said of every leaf without alternative names.</summary>
    public const string NoHostsWarning = """
        This certificate lacks a "hosts" field. This makes it unsuitable for
        websites. For more information see the Baseline Requirements for the Issuance and Management
        of Publicly-Trusted Certificates, v.1.1.6, from the CA/Browser Forum (https://cabforum.org);
        specifically, section 10.2.3 ("Information Requirements").
        """;

    /// <exception cref="PkiException">The request is for a leaf but has a <c>ca</c> section.</exception>
    public static void RefuseCaSection(RequestSpec request)
    {
        if (request.Ca is not null)
            throw new PkiException("ca section only permitted in initca", "remove \"ca\" from the request, or say -initca");
    }
}
