using Etcd.Pki.Errors;
using Etcd.Pki.Remote;

namespace Etcd.Pki.Profiles;

/// <summary>All profiles of a CA: the <c>signing</c> section of a configuration.</summary>
/// <param name="Default">Used when no profile is named, and for what a profile leaves open.</param>
/// <param name="Profiles">By name.</param>
public sealed record SigningPolicy(SigningProfile Default, IReadOnlyDictionary<string, SigningProfile> Profiles)
{
    /// <summary>The policy without a configuration.</summary>
    public static SigningPolicy BuiltIn { get; } =
        new(SigningProfile.BuiltIn, new Dictionary<string, SigningProfile>(StringComparer.Ordinal));

    public bool NeedsRemoteSigner => Default.RemoteServer is not null || Profiles.Values.Any(static profile => profile.RemoteServer is not null);

    public bool NeedsLocalSigner => Default.RemoteServer is null || Profiles.Values.Any(static profile => profile.RemoteServer is null);

    // Compat: an unknown name silently means the default profile.
    public SigningProfile Select(string? name) =>
        !string.IsNullOrEmpty(name) && Profiles.TryGetValue(name, out SigningProfile? profile) ? profile : Default;

    /// <summary>Sends all signing to one server, whatever the profiles say.</summary>
    /// <param name="server">As <see cref="CfsslClient"/> takes it.</param>
    /// <param name="key">Proves who asks; null to keep what the profiles have.</param>
    public SigningPolicy WithRemote(string server, AuthKey? key) => new(
        Redirect(Default, server, key),
        Profiles.ToDictionary(static pair => pair.Key, pair => Redirect(pair.Value, server, key), StringComparer.Ordinal));

    /// <summary>One sentence about a profile name that led nowhere, or null if the name is known or not given.</summary>
    public string? ExplainSelection(string? name) =>
        string.IsNullOrEmpty(name)
            ? Profiles.Count == 0 ? null : $"no profile was named and the default profile was used; -profile takes one of: {NameList()}"
            : Profiles.ContainsKey(name)
                ? null
                : $"the profile \"{name}\" does not exist and the default profile was used; "
                    + (Profiles.Count == 0 ? "the configuration has no profiles" : $"the configuration has: {NameList()}");

    private static SigningProfile Redirect(SigningProfile profile, string server, AuthKey? key) =>
        profile with { RemoteServer = server, RemoteAuthKey = key ?? profile.RemoteAuthKey };

    private string NameList() => string.Join(", ", Profiles.Keys.Order(StringComparer.Ordinal));

    internal PkiException NoKeyUsages(string? name) =>
        new PkiException(PkiErrorCategory.Policy, PkiReason.NoKeyUsages)
            .WithCure(ExplainSelection(name) ?? "add \"usages\" to the profile, for example \"signing\", \"key encipherment\", \"server auth\"");
}
