using Etcd.Pki.Profiles;
using Etcd.Pki.Text;

namespace Etcd.Pki.Cluster;

/// <summary>The signing profiles of a cluster's authority, for our own signer and as cfssl's configuration file.</summary>
internal static class ClusterProfiles
{
    private static readonly string[] s_both = ["signing", "key encipherment", "server auth", "client auth"];
    private static readonly string[] s_clientOnly = ["signing", "key encipherment", "client auth"];

    public static string NameOf(EtcdRole role) => role switch
    {
        EtcdRole.Server => "server",
        EtcdRole.Peer => "peer",
        _ => "client",
    };

    public static SigningPolicy Policy(TimeSpan life) => new(
        SigningProfile.BuiltIn with { Expiry = GoDuration.From(life) },
        new Dictionary<string, SigningProfile>(StringComparer.Ordinal)
        {
            [NameOf(EtcdRole.Server)] = Profile(s_both, life),
            [NameOf(EtcdRole.Peer)] = Profile(s_both, life),
            [NameOf(EtcdRole.Client)] = Profile(s_clientOnly, life),
        });

    /// <summary>The same profiles for <c>cfssl -config</c>.</summary>
    public static string ToJson(TimeSpan life)
    {
        string expiry = GoDuration.From(life).ToString();
        GoJsonWriter json = new GoJsonWriter(isIndented: true).BeginObject()
            .Name("signing").BeginObject()
            .Name("default").BeginObject().Member("expiry", expiry).EndObject()
            .Name("profiles").BeginObject();
        foreach ((string name, string[] usages) in new[] { ("server", s_both), ("peer", s_both), ("client", s_clientOnly) })
            json.Name(name).BeginObject().Member("expiry", expiry).Name("usages").Strings(usages).EndObject();
        return json.EndObject().EndObject().EndObject() + "\n";
    }

    private static SigningProfile Profile(string[] usages, TimeSpan life) => new() { Usages = usages, Expiry = GoDuration.From(life) };
}
