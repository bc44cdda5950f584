using System.Numerics;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Etcd.Pki.Errors;
using Etcd.Pki.Inspection;
using Etcd.Pki.Keys;
using Etcd.Pki.Names;
using Etcd.Pki.Pem;
using Etcd.Pki.Profiles;
using Etcd.Pki.Requests;
using Etcd.Pki.Signing;
using Etcd.Pki.Text;

namespace Etcd.Pki.Tests.Signing;

/// <summary>Rules that the packaged original does not have or that need a fixed clock; the rest is compared with it in Cfssl.Tests.</summary>
public sealed class LocalSignerTests : IDisposable
{
    private static readonly SigningProfile s_profile = SigningProfile.BuiltIn with { Expiry = GoDuration.FromHours(10) };

    private readonly FixedClock _clock = new();
    private readonly TestAuthority _ca;

    public LocalSignerTests() => _ca = new TestAuthority(_clock);

    public void Dispose() => _ca.Dispose();

    [Theory]
    [InlineData(29, 4)]
    [InlineData(30, 5)]
    [InlineData(31, 5)]
    public void Sign_Now_NotBeforeIsNearestMinuteMinusFive(int second, int minute)
    {
        _clock.Now = new DateTimeOffset(2030, 1, 2, 3, 4 + 5, second, TimeSpan.Zero);
        using X509Certificate2 certificate = Sign(s_profile, Csr());
        Assert.Equal(new DateTime(2030, 1, 2, 3, minute, 0, DateTimeKind.Utc), certificate.NotBefore.ToUniversalTime());
        Assert.Equal(TimeSpan.FromHours(10), certificate.NotAfter - certificate.NotBefore);
    }

    [Fact]
    public void Sign_UriHost_IsUriName()
    {
        using X509Certificate2 certificate = Sign(s_profile, Csr("spiffe://td/x", "a.example"));
        AlternativeNames names = AlternativeNames.Of(certificate);
        Assert.Equal(["spiffe://td/x"], names.Uris);
        Assert.Equal(["a.example"], names.Dns);
    }

    [Fact]
    public void Sign_RequestedDates_ReplaceTheProfiles()
    {
        DateTimeOffset start = _clock.Now.AddDays(1);
        using X509Certificate2 certificate = Sign(s_profile, Csr() with { NotBefore = start, NotAfter = start.AddDays(2) });
        Assert.Equal(start.UtcDateTime, certificate.NotBefore.ToUniversalTime());
        Assert.Equal(start.AddDays(2).UtcDateTime, certificate.NotAfter.ToUniversalTime());
    }

    [Fact]
    public void Sign_ExtensionOfCaller_OnlyIfAllowed()
    {
        SignRequest request = Csr() with { Extensions = [new RequestExtension("1.2.3.4", IsCritical: true, [0x05, 0x00])] };
        Assert.Equal(1300, Refused(s_profile, request).Code);
        using X509Certificate2 certificate = Sign(s_profile with { AllowedExtensions = new HashSet<string> { "1.2.3.4" } }, request);
        X509Extension extension = certificate.Extensions.Last();
        Assert.Equal("1.2.3.4", extension.Oid!.Value);
        Assert.True(extension.Critical);
    }

    [Fact]
    public void Sign_ExtensionOfCsr_OnlyIfCopied()
    {
        var spec = new RequestSpec { CommonName = "x", Extensions = [new RequestExtension("1.2.3.4", IsCritical: false, [0x05, 0x00])] };
        SignRequest request = Csr(spec);
        using X509Certificate2 without = Sign(s_profile, request);
        Assert.DoesNotContain(without.Extensions, static extension => extension.Oid!.Value == "1.2.3.4");
        using X509Certificate2 with = Sign(s_profile with { IsCopyingExtensions = true }, request);
        Assert.Contains(with.Extensions, static extension => extension.Oid!.Value == "1.2.3.4");
    }

    [Fact]
    public void Sign_ClientSerial_OnlyIfTheProfileWantsIt()
    {
        SigningProfile profile = s_profile with { IsClientProvidingSerials = true };
        Assert.Equal(1400, Refused(profile, Csr()).Code);
        using X509Certificate2 certificate = Sign(profile, Csr() with { Serial = 255 });
        Assert.Equal("255", SerialNumbers.ToDecimal(certificate));
        Assert.Equal(1300, Refused(profile, Csr() with { Serial = -1 }).Code);
        Assert.Equal(1300, Refused(profile, Csr() with { Serial = BigInteger.Pow(2, 160) }).Code);
    }

    [Theory]
    [InlineData(true, 0, true, null)]
    [InlineData(true, 0, false, 5300)]
    [InlineData(false, 0, true, 5300)]
    public void Sign_CaCsr_NeedsProfile(bool isCsrCa, int pathLength, bool isProfileCa, int? code)
    {
        SigningProfile profile = s_profile with { CaConstraint = new CaConstraint(isProfileCa, 0, false) };
        SignRequest request = Csr(new RequestSpec { CommonName = "sub", Ca = isCsrCa ? new CaOptions(pathLength, false, "", "") : null });
        if (code is { } expected && isCsrCa)
        {
            Assert.Equal(expected, Refused(profile, request).Code);
            return;
        }
        using X509Certificate2 certificate = Sign(profile, request);
        Assert.Equal(isProfileCa, certificate.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
    }

    [Theory]
    [InlineData(1, 0, null)]
    [InlineData(2, 1, null)]
    [InlineData(1, 1, 5300)]
    [InlineData(0, 0, 5300)]
    public void Sign_CaCsrUnderLimitedCa_PathLengthMustShrink(int issuerLength, int wishedLength, int? code)
    {
        using var limited = new TestAuthority(_clock, "limited", new CaOptions(issuerLength, issuerLength == 0, "", ""));
        SigningProfile profile = s_profile with { CaConstraint = new CaConstraint(true, 0, false) };
        SignRequest request = Csr(new RequestSpec { CommonName = "sub", Ca = new CaOptions(wishedLength, wishedLength == 0, "", "") });
        if (code is { } expected)
            Assert.Equal(expected, Assert.Throws<PkiException>(() => limited.Sign(profile, request)).Code);
        else
            Assert.Contains("CERTIFICATE", limited.Sign(profile, request), StringComparison.Ordinal);
    }

    [Fact]
    public void Sign_TamperedCsr_IsRefused()
    {
        byte[] der = PemBlock.ReadAll(Csr("a.example").CsrPem)[0].Bytes;
        int at = der.AsSpan().IndexOf("a.example"u8);
        der[at] = (byte)'b';
        var request = new SignRequest(PemBlock.Write("CERTIFICATE REQUEST", der));
        Assert.Equal(9300, Refused(s_profile, request).Code);
    }

    [Fact]
    public void Sign_HugeExpiry_TypedError() =>
        Assert.Equal(1000, Refused(s_profile with { Expiry = new GoDuration(long.MaxValue), NotBefore = new DateTimeOffset(9900, 1, 1, 0, 0, 0, TimeSpan.Zero) }, Csr()).Code);

    [Fact]
    public void Sign_WhitelistAgainstCatastrophicInput_IsLinear()
    {
        SigningPolicy policy = SigningPolicyReader.Parse(Encoding.UTF8.GetBytes("""{"signing":{"default":{"expiry":"1h","usages":["signing"],"name_whitelist":"^(a+)+$"}}}"""), PkiLog.Silent);
        Assert.Equal(5500, Refused(policy.Default, Csr(new string('a', 5000) + "!")).Code);
    }

    [Fact]
    public void Sign_CtLogServers_AreRefusedClearly() =>
        Assert.Equal(10100, Refused(s_profile with { CtLogServers = ["https://log/"] }, Csr()).Code);

    [Fact]
    public void Renew_Ca_SameKeyNameAndLife()
    {
        using var ca = new TestAuthority(_clock, "again", new CaOptions(1, false, "100h", ""));
        using X509Certificate2 old = ca.Load();
        _clock.Now += TimeSpan.FromHours(99);
        using PrivateKey key = PrivateKeyReader.Read(ca.KeyPem);
        using X509Certificate2 renewed = CertificateReader.ReadOne(new CertificateAuthority(_clock, PkiLog.Silent).Renew(old, key));
        Assert.Equal(old.SubjectName.RawData, renewed.SubjectName.RawData);
        Assert.Equal(old.PublicKey.EncodedKeyValue.RawData, renewed.PublicKey.EncodedKeyValue.RawData);
        Assert.Equal(old.NotAfter - old.NotBefore, renewed.NotAfter - renewed.NotBefore);
        Assert.Equal(TimeSpan.FromHours(99), renewed.NotBefore - old.NotBefore);
        Assert.Equal(1, renewed.Extensions.OfType<X509BasicConstraintsExtension>().Single().PathLengthConstraint);
    }

    private static SignRequest Csr(params string[] hosts) => Csr(new RequestSpec { CommonName = "leaf", Hosts = hosts });

    private static SignRequest Csr(RequestSpec request)
    {
        (PrivateKey key, string csr) = CsrBuilder.Generate(request, PkiLog.Silent);
        key.Dispose();
        return new SignRequest(csr);
    }

    private X509Certificate2 Sign(SigningProfile profile, SignRequest request) => CertificateReader.ReadOne(_ca.Sign(profile, request));

    private PkiException Refused(SigningProfile profile, SignRequest request) => Assert.Throws<PkiException>(() => _ca.Sign(profile, request));
}
