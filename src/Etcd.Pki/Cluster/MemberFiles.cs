using System.Globalization;
using System.Text;

namespace Etcd.Pki.Cluster;

/// <summary>Writes the text of a member's unit file, environment file and configuration file; all three say the same.</summary>
internal sealed class MemberFiles
{
    private readonly ClusterPlan _plan;
    private readonly ClusterMember _member;
    private readonly string _folder;
    private readonly string _dataDirectory;

    public MemberFiles(ClusterPlan plan, ClusterMember member, string writtenFolder)
    {
        _plan = plan;
        _member = member;
        _folder = plan.InstallDirectory ?? writtenFolder;
        _dataDirectory = plan.DataDirectory ?? $"{writtenFolder}/data";
    }

    /// <summary>Path of a file of the member on its machine.</summary>
    public string Installed(string name) => $"{_folder}/{name}";

    /// <summary>For systemd. It names only the environment file: a setting in two places is an error for etcd.</summary>
    public string Unit() => $"""
        [Unit]
        Description=etcd server
        After=network.target
        After=network-online.target
        Wants=network-online.target

        [Service]
        Type=notify
        WorkingDirectory={(_plan.DataDirectory is null ? _folder : _dataDirectory)}
        EnvironmentFile={Installed("etcd.conf")}
        ExecStart=/usr/bin/etcd
        Restart=on-failure
        RestartSec=5
        LimitNOFILE=65536

        [Install]
        WantedBy=multi-user.target

        """;

    /// <summary><c>ETCD_NAME="value"</c> lines.</summary>
    public string Environment()
    {
        var text = new StringBuilder();
        foreach ((string flag, string value) in Settings())
            text.Append("ETCD_").Append(flag.ToUpperInvariant().Replace('-', '_')).Append("=\"").Append(value).Append("\"\n");
        return text.ToString();
    }

    /// <summary>For <c>etcd --config-file</c>.</summary>
    public string Yaml()
    {
        var text = new StringBuilder();
        foreach ((string flag, string value) in Settings().Where(static setting => !IsSecuritySetting(setting.Flag)))
            text.Append(flag).Append(": ").Append(YamlScalar(value)).Append('\n');
        AppendSecurity(text, "client-transport-security", "");
        AppendSecurity(text, "peer-transport-security", "peer-");
        return text.ToString();
    }

    private IEnumerable<(string Flag, string Value)> Settings()
    {
        string peerUrl = Url(_member.UrlHost, _plan.PeerPort);
        string clientUrl = Url(_member.UrlHost, _plan.ClientPort);
        string cluster = string.Join(',', _plan.Members.Select(member => $"{member.Name}={Url(member.UrlHost, _plan.PeerPort)}"));
        return
        [
            ("name", _member.Name),
            ("data-dir", _dataDirectory),
            ("listen-peer-urls", Url(ListenHost, _plan.PeerPort)),
            // Programs on the same machine reach their member at 127.0.0.1, over TLS like everyone.
            ("listen-client-urls", _member.IsLoopback ? clientUrl : $"{Url(ListenHost, _plan.ClientPort)},{Url("127.0.0.1", _plan.ClientPort)}"),
            ("initial-advertise-peer-urls", peerUrl),
            ("advertise-client-urls", clientUrl),
            ("initial-cluster", cluster),
            ("initial-cluster-token", _plan.Token),
            ("initial-cluster-state", "new"),
            ("enable-grpc-gateway", "true"), // Some releases switch the JSON gateway off when they read a config file that does not name it.
            ("cert-file", Installed("ssl/server.pem")),
            ("key-file", Installed("ssl/server-key.pem")),
            ("client-cert-auth", "true"),
            ("trusted-ca-file", Installed("ssl/ca.pem")),
            ("peer-cert-file", Installed("ssl/peer.pem")),
            ("peer-key-file", Installed("ssl/peer-key.pem")),
            ("peer-client-cert-auth", "true"),
            ("peer-trusted-ca-file", Installed("ssl/ca.pem")),
        ];
    }

    // etcd listens on addresses only; a member known by name listens on all of them.
    private string ListenHost => Uri.CheckHostName(_member.Address) == UriHostNameType.Dns ? "0.0.0.0" : _member.UrlHost;

    private void AppendSecurity(StringBuilder text, string section, string prefix)
    {
        text.Append(section).Append(":\n");
        foreach ((string flag, string value) in Settings().Where(setting => IsSecuritySetting(setting.Flag)))
        {
            if (flag.StartsWith("peer-", StringComparison.Ordinal) == (prefix.Length > 0))
                text.Append("  ").Append(flag[prefix.Length..]).Append(": ").Append(YamlScalar(value)).Append('\n');
        }
    }

    private static bool IsSecuritySetting(string flag) =>
        flag.EndsWith("cert-file", StringComparison.Ordinal) || flag.EndsWith("key-file", StringComparison.Ordinal)
        || flag.EndsWith("client-cert-auth", StringComparison.Ordinal) || flag.EndsWith("trusted-ca-file", StringComparison.Ordinal);

    private static string YamlScalar(string value) => value is "true" or "false" ? value : $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";

    private static string Url(string host, int port) => $"https://{host}:{port.ToString(CultureInfo.InvariantCulture)}";
}
