using System.Security.Cryptography.X509Certificates;
using Cfssl.Hsm;
using Etcd.Pki.Errors;
using Etcd.Pki.Files;
using Etcd.Pki.Inspection;
using Etcd.Pki.Keys;

namespace Cfssl.Signing;

/// <summary>Loads the CA's certificate and key from where <c>-ca</c> and <c>-ca-key</c> point.</summary>
internal static class CaFiles
{
    private const string PasswordVariable = "CFSSL_CA_PK_PASSWORD";

    /// <summary>Reads <c>PATH</c>, <c>file:PATH</c> or <c>env:NAME</c>.</summary>
    /// <exception cref="PkiException">It cannot be read.</exception>
    public static string ReadText(string place)
    {
        int colon = place.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
            return InputFile.ReadText(place);
        string rest = place[(colon + 1)..];
        return place[..colon] switch
        {
            "env" => Environment.GetEnvironmentVariable(rest) ?? "",
            "file" => InputFile.ReadText(rest),
            "rofile" => throw new PkiException(
                "Red October keys (rofile:) are not supported",
                "the Red October server was retired by its authors years ago: decrypt the key there once and keep it as a file or in an HSM (-pkcs11-module)"),
            var prefix => throw new PkiException($"unknown prefix: {prefix}", "write a path, file:PATH or env:NAME"),
        };
    }

    /// <exception cref="PkiException">The certificate cannot be read or is none.</exception>
    public static X509Certificate2 ReadCertificate(string place)
    {
        string pem = ReadText(place);
        try
        {
            return CertificateReader.ReadOne(pem);
        }
        catch (PkiException error) when (error.Cure is null)
        {
            throw error.WithCure($"{place} must hold one certificate in PEM form");
        }
    }

    /// <summary>The key for <c>sign</c> and <c>gencert</c>: an unreadable file has a code there.</summary>
    /// <param name="certificate">The CA's certificate, if it is there already.</param>
    /// <exception cref="PkiException">1001 when unreadable, 2xxx when it is no key, is in no token or its password is missing.</exception>
    public static PrivateKey ReadSigningKey(CfsslOptions options, X509Certificate2? certificate)
    {
        try
        {
            return ReadKey(options, certificate);
        }
        catch (PkiException error) when (error.Code == 0)
        {
            throw new PkiException(PkiErrorCategory.Certificate, PkiReason.ReadFailed, error.Message, error.Cure);
        }
    }

    /// <summary>The CA's key from a token or from <c>-ca-key</c>.</summary>
    /// <exception cref="PkiException">Plain text when unreadable, else as <see cref="ReadSigningKey"/>.</exception>
    public static PrivateKey ReadKey(CfsslOptions options, X509Certificate2? certificate) =>
        TokenAddress.Of(options) is { } address ? TokenKey.Open(address, certificate) : ReadKeyFile(options.CaKey);

    /// <exception cref="PkiException">Plain text when unreadable, 2xxx when it is no key or its password is missing.</exception>
    public static PrivateKey ReadKeyFile(string place)
    {
        string? password = Environment.GetEnvironmentVariable(PasswordVariable);
        return PrivateKeyReader.Read(ReadText(place), string.IsNullOrEmpty(password) ? null : password);
    }
}
