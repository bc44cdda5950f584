using System.Security.Cryptography;
using Etcd.Pki.Errors;
using Etcd.Pki.Keys;
using Etcd.Pki.Pem;

namespace Etcd.Pki.Tests.Keys;

public sealed class PrivateKeyReaderTests
{
    private static readonly PbeParameters s_pbe = new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000);

    [Theory]
    [InlineData("ecdsa", 256)]
    [InlineData("ecdsa", 384)]
    [InlineData("ecdsa", 521)]
    [InlineData("rsa", 2048)]
    public void Read_EveryContainer_SameKey(string algorithm, int bits)
    {
        using PrivateKey key = PrivateKey.Generate(new KeySpec(algorithm, bits));
        string pkcs8 = key.Key.ExportPkcs8PrivateKeyPem();
        string encrypted = key.Key.ExportEncryptedPkcs8PrivateKeyPem("secret", s_pbe);
        string legacy = LegacyPemCipher.Encrypt("ANY PRIVATE KEY", PemBlock.ReadAll(key.ToPem())[0].Bytes, "secret");
        foreach (string pem in new[] { key.ToPem(), pkcs8, "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n" + key.ToPem(), encrypted, legacy })
        {
            using PrivateKey read = PrivateKeyReader.Read(pem, "secret");
            Assert.Equal(algorithm, read.Algorithm);
            Assert.Equal(bits, read.Bits);
            Assert.Equal(key.ExportPublicKey(), read.ExportPublicKey());
        }
    }

    [Fact]
    public void Read_EncryptedWithoutOrWithWrongPassword_TypedErrors()
    {
        using PrivateKey key = PrivateKey.Generate(KeySpec.Default);
        string encrypted = key.Key.ExportEncryptedPkcs8PrivateKeyPem("secret", s_pbe);
        string legacy = LegacyPemCipher.Encrypt("EC PRIVATE KEY", PemBlock.ReadAll(key.ToPem())[0].Bytes, "secret");
        Assert.Equal(2003, Assert.Throws<PkiException>(() => PrivateKeyReader.Read(encrypted)).Code);
        Assert.Equal(2003, Assert.Throws<PkiException>(() => PrivateKeyReader.Read(encrypted, "wrong")).Code);
        Assert.Equal(2100, Assert.Throws<PkiException>(() => PrivateKeyReader.Read(legacy)).Code);
        Assert.Equal(2003, Assert.Throws<PkiException>(() => PrivateKeyReader.Read(legacy, "wrong")).Code);
    }

    [Fact]
    public void Read_UnknownCurve_IsRefused()
    {
        using var ec = ECDsa.Create(ECCurve.NamedCurves.brainpoolP256r1);
        Assert.Equal(2003, Assert.Throws<PkiException>(() => PrivateKeyReader.Read(ec.ExportECPrivateKeyPem())).Code);
    }

    [Theory]
    [InlineData("rsa", 2047)]
    [InlineData("rsa", 2049)]
    [InlineData("rsa", 8193)]
    [InlineData("rsa", -1)]
    [InlineData("ecdsa", 0)]
    [InlineData("ecdsa", 512)]
    [InlineData("ed25519", 0)]
    [InlineData("", 0)]
    public void Generate_WishNotGranted_TypedError(string algorithm, int bits)
    {
        PkiException error = Assert.Throws<PkiException>(() => PrivateKey.Generate(new KeySpec(algorithm, bits)));
        Assert.Equal(2400, error.Code);
        Assert.NotNull(error.Cure);
    }
}
