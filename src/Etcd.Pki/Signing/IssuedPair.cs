using Etcd.Pki.Keys;

namespace Etcd.Pki.Signing;

/// <summary>What making a certificate yields: PEM texts with final newlines.</summary>
/// <param name="Key">Null if the key was there before. The receiver disposes of it.</param>
public sealed record IssuedPair(string CertificatePem, string CsrPem, PrivateKey? Key) : IDisposable
{
    public void Dispose() => Key?.Dispose();
}
