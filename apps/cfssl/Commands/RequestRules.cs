using Etcd.Pki.Errors;
using Etcd.Pki.Requests;

namespace Cfssl.Commands;

/// <summary>Rules about requests that several commands share.</summary>
internal static class RequestRules
{
    /// <exception cref="PkiException">The request is for a leaf but has a <c>ca</c> section.</exception>
    public static void RefuseCaSection(RequestSpec request)
    {
        if (request.Ca is not null)
            throw new PkiException("ca section only permitted in initca", "remove \"ca\" from the request, or say -initca");
    }
}
