using System.Globalization;
using System.Text.RegularExpressions;
using Etcd.Pki.Errors;
using Etcd.Pki.Remote;
using Etcd.Pki.Text;

namespace Etcd.Pki.Profiles;

/// <summary>Reads cfssl's configuration file.</summary>
public sealed class SigningPolicyReader
{
    private static readonly string[] s_localSettings =
        ["usages", "issuer_urls", "ocsp_url", "expiry", "backdate", "not_before", "not_after", "name_whitelist", "ct_log_servers"];

    private readonly PkiLog _log;
    private readonly Dictionary<string, AuthKeyEntry> _authKeys = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _remotes = new(StringComparer.Ordinal);

    private SigningPolicyReader(PkiLog log) => _log = log;

    private sealed record AuthKeyEntry(string Type, string Key);

    /// <summary>Reads a configuration file.</summary>
    /// <exception cref="PkiException">5200 and the reason; the cure names the profile and the field.</exception>
    public static SigningPolicy ReadFile(string path, PkiLog log)
    {
        byte[] json;
        try
        {
            json = File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw Invalid("could not read configuration file", $"-config {path}: {error.Message}");
        }
        return Parse(json, log);
    }

    /// <inheritdoc cref="ReadFile"/>
    public static SigningPolicy Parse(ReadOnlySpan<byte> json, PkiLog log)
    {
        GoJsonValue config;
        GoJsonValue? signing;
        var reader = new SigningPolicyReader(log);
        try
        {
            config = GoJsonValue.Parse(json).AsStruct("config.Config");
            reader.ReadKeysAndRemotes(config);
            signing = config.Find("signing")?.AsStruct("config.Signing");
            return signing is null
                ? throw new PkiException("No \"signing\" field present", "the configuration must be {\"signing\": {\"default\": …, \"profiles\": …}}")
                : reader.ReadSigning(signing);
        }
        catch (PkiException error) when (error.Code == 0 && IsJsonError(error.Message))
        {
            throw Invalid("failed to unmarshal configuration: " + error.Message, error.Cure);
        }
    }

    private static bool IsJsonError(string message) =>
        message.StartsWith("json: ", StringComparison.Ordinal) || message.StartsWith("invalid character", StringComparison.Ordinal)
        || message.StartsWith("unexpected end", StringComparison.Ordinal) || message.StartsWith("exceeded max", StringComparison.Ordinal)
        || message.StartsWith("parsing time", StringComparison.Ordinal);

    private void ReadKeysAndRemotes(GoJsonValue config)
    {
        foreach ((string name, GoJsonValue value) in config.Find("auth_keys")?.Members("map[string]config.AuthKey") ?? [])
        {
            GoJsonValue key = value.AsStruct("config.AuthKey");
            _authKeys[name] = new AuthKeyEntry(key.StringOrEmpty("type"), key.StringOrEmpty("key"));
        }
        foreach ((string name, GoJsonValue value) in config.Find("remotes")?.Members("map[string]string") ?? [])
            _remotes[name] = value.AsString();
    }

    private SigningPolicy ReadSigning(GoJsonValue signing)
    {
        SigningProfile defaultProfile = signing.Find("default") is { } json ? ReadProfile("default", json) : SigningProfile.BuiltIn;
        var profiles = new Dictionary<string, SigningProfile>(StringComparer.Ordinal);
        foreach ((string name, GoJsonValue value) in signing.Find("profiles")?.Members("map[string]*config.SigningProfile") ?? [])
        {
            if (value.IsNull)
                throw Invalid("can't parse nil profile", $"profile \"{name}\" is null");
            profiles[name] = ReadProfile(name, value);
        }
        if (signing.Find("default") is not null && defaultProfile.RemoteServer is null && defaultProfile.Expiry.IsZero)
            throw Invalid("invalid configuration", "the default profile's expiry is zero");
        foreach ((string name, SigningProfile profile) in profiles)
            CheckUsages(name, profile);
        return new SigningPolicy(defaultProfile, profiles);
    }

    private static void CheckUsages(string name, SigningProfile profile)
    {
        if (profile.RemoteServer is not null)
            return;
        if (profile.Usages is not { Count: > 0 } usages)
            throw Invalid("invalid configuration", $"profile \"{name}\" has no usages; for etcd: \"signing\", \"key encipherment\", \"server auth\", \"client auth\"");
        if (UsageNames.Translate(usages).Unknown.Count == usages.Count)
            throw Invalid("invalid configuration", $"profile \"{name}\" has no known usage; known are: {string.Join(", ", UsageNames.All)}");
    }

    private SigningProfile ReadProfile(string name, GoJsonValue json)
    {
        try
        {
            return ReadProfile(json.AsStruct("config.SigningProfile"));
        }
        catch (PkiException error) when (!IsJsonError(error.Message))
        {
            string cure = $"profile \"{name}\"" + (error.Cure is null ? "" : $": {error.Cure}");
            throw error.Code == 0 ? Invalid(error.Message, cure) : error.WithCure(cure);
        }
    }

    private SigningProfile ReadProfile(GoJsonValue json)
    {
        string remoteName = json.StringOrEmpty("remote");
        GoJsonValue? authRemote = json.Find("auth_remote")?.AsStruct("config.AuthRemote");
        string authRemoteName = authRemote?.StringOrEmpty("remote") ?? "";
        string authRemoteKey = authRemote?.StringOrEmpty("auth_key") ?? "";
        bool isRemote = remoteName.Length > 0 || authRemoteName.Length > 0;
        if (remoteName.Length > 0 && authRemoteName.Length > 0)
        {
            _log.Error("profile has both a remote and an auth remote specified");
            throw new PkiException(PkiErrorCategory.Policy, PkiReason.InvalidPolicy).WithCure("name a remote or an auth_remote, not both");
        }
        if (authRemoteName.Length == 0 != (authRemoteKey.Length == 0))
            throw Invalid("invalid configuration", "auth_remote needs both \"remote\" and \"auth_key\"");
        if (isRemote && s_localSettings.Any(setting => json.Find(setting) is not null))
            _log.Warning("a profile that points to a remote signer has settings of its own, which are skipped");
        if ((json.Find("lint_error_level")?.AsInteger("lint.LintStatus") ?? 0) is not 0 and var level)
        {
            if (level is < 0 or > 7)
                throw Invalid("invalid configuration", "lint_error_level must be between 0 and 7");
            _log.Warning("lint_error_level is ignored: this build has no certificate linter");
        }
        SigningProfile profile = isRemote ? new SigningProfile() : ReadLifetime(json);
        return ReadContents(profile, json) with
        {
            RemoteServer = isRemote ? FindRemote(remoteName.Length > 0 ? remoteName : authRemoteName) : null,
            RemoteAuthKey = FindAuthKey(authRemoteKey, "auth_remote's auth_key"),
            AuthKey = FindAuthKey(json.StringOrEmpty("auth_key"), "auth_key"),
            PreviousAuthKey = FindAuthKey(json.StringOrEmpty("prev_auth_key"), "prev_auth_key"),
        };
    }

    private static SigningProfile ReadLifetime(GoJsonValue json)
    {
        string expiry = json.StringOrEmpty("expiry");
        if (expiry.Length == 0)
            throw Invalid("empty expiry string", "add \"expiry\", for example \"8760h\" for one year");
        string backdate = json.StringOrEmpty("backdate");
        DateTimeOffset? notBefore = ReadTime(json, "not_before");
        DateTimeOffset? notAfter = ReadTime(json, "not_after");
        if (notAfter < notBefore)
            throw new PkiException(PkiErrorCategory.Policy, PkiReason.InvalidPolicy).WithCure("not_after lies before not_before");
        return new SigningProfile
        {
            Expiry = GoDuration.Parse(expiry),
            ExpiryText = expiry,
            Backdate = backdate.Length == 0 ? default : GoDuration.Parse(backdate),
            NotBefore = notBefore,
            NotAfter = notAfter,
        };
    }

    private static SigningProfile ReadContents(SigningProfile profile, GoJsonValue json) => profile with
    {
        Usages = json.FindStrings("usages"),
        IssuerUrls = json.FindStrings("issuer_urls"),
        OcspUrl = json.StringOrEmpty("ocsp_url"),
        CrlUrl = json.StringOrEmpty("crl_url"),
        IsOcspNoCheck = json.BooleanOrFalse("ocsp_no_check"),
        NameWhitelist = ReadWhitelist(json.StringOrEmpty("name_whitelist")),
        AllowedExtensions = (json.FindStrings("allowed_extensions") ?? []).ToHashSet(StringComparer.Ordinal),
        IsCopyingExtensions = json.BooleanOrFalse("copy_extensions"),
        IsClientProvidingSerials = json.BooleanOrFalse("ClientProvidesSerialNumbers"),
        CtLogServers = json.FindStrings("ct_log_servers") ?? [],
        Policies = [.. (json.Find("Policies")?.Items("[]config.CertificatePolicy") ?? []).Select(ReadPolicy)],
        CaConstraint = ReadCaConstraint(json.Find("ca_constraint")),
        CsrWhitelist = ReadCsrWhitelist(json.Find("CSRWhitelist")),
    };

    private static CaConstraint ReadCaConstraint(GoJsonValue? json)
    {
        GoJsonValue? constraint = json?.AsStruct("config.CAConstraint");
        return constraint is null
            ? new CaConstraint(false, 0, false)
            : new CaConstraint(
                constraint.BooleanOrFalse("is_ca"),
                (int)Math.Clamp(constraint.Find("max_path_len")?.AsInteger() ?? 0, -1, int.MaxValue),
                constraint.BooleanOrFalse("max_path_len_zero"));
    }

    private static CsrWhitelist? ReadCsrWhitelist(GoJsonValue? json)
    {
        GoJsonValue? list = json?.AsStruct("config.CSRWhitelist");
        return list is null ? null : new CsrWhitelist
        {
            Subject = list.BooleanOrFalse("Subject"),
            PublicKey = list.BooleanOrFalse("PublicKey"),
            DnsNames = list.BooleanOrFalse("DNSNames"),
            IpAddresses = list.BooleanOrFalse("IPAddresses"),
            EmailAddresses = list.BooleanOrFalse("EmailAddresses"),
            Uris = list.BooleanOrFalse("URIs"),
        };
    }

    private static CertificatePolicy ReadPolicy(GoJsonValue item)
    {
        GoJsonValue policy = item.AsStruct("config.CertificatePolicy");
        var qualifiers = new List<KeyValuePair<string, string>>();
        foreach (GoJsonValue entry in policy.Find("Qualifiers")?.Items("[]config.CertificatePolicyQualifier") ?? [])
        {
            GoJsonValue qualifier = entry.AsStruct("config.CertificatePolicyQualifier");
            string type = qualifier.StringOrEmpty("Type");
            if (type is not ("" or "id-qt-unotice" or "id-qt-cps"))
                throw Invalid("invalid policy qualifier type", $"\"{type}\": write id-qt-cps or id-qt-unotice");
            qualifiers.Add(new(type, qualifier.StringOrEmpty("Value")));
        }
        return new CertificatePolicy(policy.StringOrEmpty("ID"), qualifiers);
    }

    private static Regex? ReadWhitelist(string pattern)
    {
        if (pattern.Length == 0)
            return null;
        try
        {
            // Linear time whatever the pattern, as Go's engine: names come from strangers.
            return new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            throw Invalid("failed to compile name whitelist section", $"name_whitelist: {error.Message}");
        }
    }

    private static DateTimeOffset? ReadTime(GoJsonValue json, string name)
    {
        if (json.Find(name)?.AsString("time.Time") is not { } text)
            return null;
        if (DateTimeOffset.TryParseExact(
            text, ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time))
            return time;
        throw new PkiException($"parsing time {GoJsonWriter.Quote(text)}: not RFC 3339", $"write \"{name}\" like 2030-01-31T00:00:00Z");
    }

    private string FindRemote(string name) =>
        _remotes.TryGetValue(name, out string? server) && server.Length > 0
            ? server
            : throw Invalid("failed to find remote in remotes section", $"add \"{name}\" to \"remotes\"");

    private AuthKey? FindAuthKey(string name, string field)
    {
        if (name.Length == 0)
            return null;
        if (!_authKeys.TryGetValue(name, out AuthKeyEntry? entry))
            throw Invalid($"failed to find {field} in auth_keys section", $"add \"{name}\" to \"auth_keys\"");
        if (entry.Type != "standard")
            throw Invalid("unknown authentication type", $"auth_keys \"{name}\": the type must be \"standard\"");
        return AuthKey.TryRead(entry.Key, out AuthKey? key, out string problem)
            ? key
            : throw Invalid("failed to create new standard auth provider", $"auth_keys \"{name}\": {problem}");
    }

    private static PkiException Invalid(string message, string? cure) =>
        new(PkiErrorCategory.Policy, PkiReason.InvalidPolicy, message, cure);
}
