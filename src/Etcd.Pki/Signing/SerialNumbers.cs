using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Etcd.Pki.Errors;

namespace Etcd.Pki.Signing;

/// <summary>Serial numbers of certificates: big-endian bytes inside, decimal text outside.</summary>
public static class SerialNumbers
{
    /// <summary>RFC 5280 §4.1.2.2: at most 20 octets, positive.</summary>
    private const int LongestBytes = 20;

    /// <summary>159 random bits.</summary>
    public static byte[] Random()
    {
        byte[] serial = RandomNumberGenerator.GetBytes(LongestBytes);
        serial[0] &= 0x7f;
        return serial;
    }

    /// <summary>63 random bits, for self-signed test certificates.</summary>
    public static byte[] RandomShort()
    {
        byte[] serial = RandomNumberGenerator.GetBytes(sizeof(long));
        serial[0] &= 0x7f;
        return serial;
    }

    public static string ToDecimal(ReadOnlySpan<byte> serial) => new BigInteger(serial, isUnsigned: false, isBigEndian: true).ToString();

    public static string ToDecimal(X509Certificate2 certificate) => ToDecimal(certificate.SerialNumberBytes.Span);

    /// <exception cref="PkiException">1300: negative or longer than 20 bytes.</exception>
    public static byte[] FromInteger(BigInteger serial)
    {
        byte[] bytes = serial.ToByteArray(isUnsigned: false, isBigEndian: true);
        if (serial.Sign < 0 || bytes.Length > LongestBytes)
            throw new PkiException(PkiErrorCategory.Certificate, PkiReason.BadRequest)
                .WithCure("a serial number is positive and has at most 20 bytes");
        return bytes;
    }
}
