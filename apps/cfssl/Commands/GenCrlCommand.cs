using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Etcd.Pki.Errors;
using Etcd.Pki.Inspection;
using Etcd.Pki.Keys;
using Etcd.Pki.Revocation;

namespace Cfssl.Commands;

/// <summary><c>cfssl gencrl</c>: a CRL from a list of serial numbers.</summary>
internal sealed class GenCrlCommand : ICfsslCommand
{
    private static readonly TimeSpan s_week = TimeSpan.FromDays(7);

    public string Name => "gencrl";

    public string Summary => "generate a new Certificate Revocation List, base64 of DER";

    public IReadOnlyList<string> Synopsis => ["gencrl INPUTFILE CERT KEY [SECONDS]      (one decimal serial number per line; - reads standard input)"];

    public IReadOnlyList<string> Flags => [];

    public Task RunAsync(CommandContext context)
    {
        string serials = Encoding.UTF8.GetString(context.Console.ReadFileOrInput(context.Argument(0)));
        string certificatePem = Encoding.UTF8.GetString(context.Console.ReadFileOrInput(context.Argument(1)));
        string keyPem = Encoding.UTF8.GetString(context.Console.ReadFileOrInput(context.Argument(2)));
        TimeSpan life = context.Arguments.Count > 3 ? ReadLife(context, context.Arguments[3]) : s_week;
        using X509Certificate2 issuer = CertificateReader.ReadOne(certificatePem);
        using PrivateKey key = PrivateKeyReader.Read(keyPem, Environment.GetEnvironmentVariable("CFSSL_CA_PK_PASSWORD"));
        DateTimeOffset now = context.Console.Clock.GetUtcNow();
        byte[] crl = CrlBuilder.Build(
            issuer, key, SerialList.Parse(serials).Select(serial => new RevokedCertificate(serial, now)), now, now + life);
        context.Console.Out.Write(Convert.ToBase64String(crl) + "\n");
        return Task.CompletedTask;
    }

    // Some releases take a number here, others a file with a number in it.
    private static TimeSpan ReadLife(CommandContext context, string argument)
    {
        string text = IsNumber(argument) ? argument : Encoding.UTF8.GetString(context.Console.ReadFileOrInput(argument)).Trim();
        if (!IsNumber(text))
            throw new PkiException($"strconv.ParseInt: parsing \"{text}\": invalid syntax", "the fourth argument is the life of the CRL in seconds");
        int seconds = int.Parse(text, CultureInfo.InvariantCulture);
        return seconds == 0 ? s_week : TimeSpan.FromSeconds(seconds);
    }

    private static bool IsNumber(string text) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _);
}
