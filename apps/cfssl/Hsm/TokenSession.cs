using System.Reflection;
using System.Runtime.InteropServices;
using Etcd.Pki.Errors;
using Net.Pkcs11Interop.Common;
using Net.Pkcs11Interop.HighLevelAPI;

namespace Cfssl.Hsm;

/// <summary>A session with a token and one private key in it.</summary>
/// <remarks>PKCS#11 allows one operation at a time per session, hence the lock.</remarks>
internal sealed class TokenSession : IDisposable
{
    private readonly IPkcs11Library _library;
    private readonly ISession _session;
    private readonly IObjectHandle _key;
    private readonly Lock _lock = new();

    static TokenSession() => NativeLibrary.SetDllImportResolver(typeof(IPkcs11Library).Assembly, ResolveLoader);

    private TokenSession(IPkcs11Library library, ISession session, IObjectHandle key)
    {
        _library = library;
        _session = session;
        _key = key;
    }

    /// <exception cref="PkiException">2500: no such library, token or key, or the PIN is wrong.</exception>
    public static TokenSession Open(TokenAddress address)
    {
        IPkcs11Library? library = null;
        try
        {
            var factories = new Pkcs11InteropFactories();
            library = factories.Pkcs11LibraryFactory.LoadPkcs11Library(factories, address.Module, AppType.MultiThreaded);
            ISession session = FindSlot(library, address).OpenSession(SessionType.ReadOnly);
            if (address.Pin.Length > 0)
                session.Login(CKU.CKU_USER, address.Pin);
            return new TokenSession(library, session, FindKey(session, address));
        }
        catch (Exception error) when (error is Pkcs11Exception or UnmanagedException or LibraryArchitectureException or PkiException)
        {
            library?.Dispose();
            throw Describe(error, address);
        }
    }

    /// <summary>An attribute of the private key, or of the public key beside it; null if neither tells.</summary>
    public byte[]? Attribute(CKA attribute)
    {
        lock (_lock)
        {
            if (Read(_key, attribute) is { } own)
                return own;
            // The public half has the same identifier (or at least the same label).
            foreach (CKA link in new[] { CKA.CKA_ID, CKA.CKA_LABEL })
            {
                if (Read(_key, link) is not { Length: > 0 } value)
                    continue;
                List<IObjectAttribute> template =
                [
                    _session.Factories.ObjectAttributeFactory.Create(CKA.CKA_CLASS, CKO.CKO_PUBLIC_KEY),
                    _session.Factories.ObjectAttributeFactory.Create(link, value),
                ];
                if (_session.FindAllObjects(template).FirstOrDefault() is { } publicKey && Read(publicKey, attribute) is { } found)
                    return found;
            }
            return null;
        }
    }

    /// <exception cref="PkiException">2500: the token refuses.</exception>
    public byte[] Sign(CKM mechanism, byte[] data)
    {
        try
        {
            lock (_lock)
            {
                using IMechanism chosen = _session.Factories.MechanismFactory.Create(mechanism);
                return _session.Sign(chosen, _key, data);
            }
        }
        catch (Pkcs11Exception error)
        {
            throw new PkiException(PkiErrorCategory.PrivateKey, PkiReason.Unavailable, $"the token does not sign: {error.RV}");
        }
    }

    public void Dispose()
    {
        _session.Dispose();
        _library.Dispose();
    }

    // The binding asks for "libdl", a name that only development packages install and that newer C libraries have absorbed.
    private static nint ResolveLoader(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != "libdl")
            return 0;
        return NativeLibrary.TryLoad("libdl.so.2", out nint handle) || NativeLibrary.TryLoad("libc.so.6", out handle) ? handle : 0;
    }

    private static ISlot FindSlot(IPkcs11Library library, TokenAddress address)
    {
        List<ISlot> slots = [.. library.GetSlotList(SlotsType.WithTokenPresent).Where(static slot => slot.GetTokenInfo().TokenFlags.TokenInitialized)];
        List<ISlot> matching = address.Token.Length == 0 ? slots : [.. slots.Where(slot => slot.GetTokenInfo().Label.Trim() == address.Token)];
        string labels = string.Join(", ", slots.Select(static slot => $"\"{slot.GetTokenInfo().Label.Trim()}\"").Order(StringComparer.Ordinal));
        return matching.Count switch
        {
            1 => matching[0],
            0 => throw Unavailable($"no token with the label \"{address.Token}\"", slots.Count == 0 ? "the library sees no token" : $"the library sees: {labels}"),
            _ => throw Unavailable("several tokens", $"choose one with -pkcs11-token: {labels}"),
        };
    }

    private static IObjectHandle FindKey(ISession session, TokenAddress address)
    {
        List<IObjectAttribute> template = [session.Factories.ObjectAttributeFactory.Create(CKA.CKA_CLASS, CKO.CKO_PRIVATE_KEY)];
        if (address.KeyLabel.Length > 0)
            template.Add(session.Factories.ObjectAttributeFactory.Create(CKA.CKA_LABEL, address.KeyLabel));
        return session.FindAllObjects(template) switch
        {
            [var only] => only,
            [] => throw Unavailable(
                address.KeyLabel.Length > 0 ? $"no private key with the label \"{address.KeyLabel}\"" : "no private key",
                address.Pin.Length > 0 ? "check -pkcs11-label" : "private keys show only after logging in: give -pkcs11-pin"),
            _ => throw Unavailable("several private keys", "choose one with -pkcs11-label"),
        };
    }

    private byte[]? Read(IObjectHandle handle, CKA attribute)
    {
        try
        {
            IObjectAttribute value = _session.GetAttributeValue(handle, [attribute])[0];
            return value.CannotBeRead ? null : value.GetValueAsByteArray();
        }
        catch (Pkcs11Exception)
        {
            return null;
        }
    }

    private static PkiException Describe(Exception error, TokenAddress address) => error switch
    {
        PkiException pki => pki,
        Pkcs11Exception { RV: CKR.CKR_PIN_INCORRECT or CKR.CKR_PIN_INVALID or CKR.CKR_PIN_LEN_RANGE } => Unavailable("wrong PIN", "check -pkcs11-pin; a token locks after a few wrong ones"),
        Pkcs11Exception { RV: CKR.CKR_PIN_LOCKED } => Unavailable("the PIN is locked", "the security officer has to set a new one"),
        Pkcs11Exception token => Unavailable($"the token answers {token.RV}", null),
        _ => Unavailable($"{address.Module}: {error.Message}", "-pkcs11-module must be the path of a PKCS#11 library for this processor"),
    };

    private static PkiException Unavailable(string message, string? cure) =>
        new(PkiErrorCategory.PrivateKey, PkiReason.Unavailable, $"PKCS#11: {message}", cure);
}
