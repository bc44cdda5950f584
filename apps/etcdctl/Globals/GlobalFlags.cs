using Etcdctl.Cli;

namespace Etcdctl.Globals;

/// <summary>The flags every command takes. Each has a twin in the environment: <c>--dial-timeout</c> is <c>ETCDCTL_DIAL_TIMEOUT</c>.</summary>
internal static class GlobalFlags
{
    public static void AddTo(Command root) => root.WithPersistent(
        Flag.List("endpoints", "127.0.0.1:2379", "gRPC endpoints"),
        Flag.Bool("debug", value: false, "enable client-side debug logging"),
        Flag.Text("write-out", "simple", "set the output format (fields, json, protobuf, simple, table)", 'w'),
        Flag.Bool("hex", value: false, "print byte strings as hex encoded strings"),
        Flag.Duration("dial-timeout", TimeSpan.FromSeconds(2), "dial timeout for client connections"),
        Flag.Duration("command-timeout", TimeSpan.FromSeconds(5), "timeout for short running command (excluding dial timeout)"),
        Flag.Duration("keepalive-time", TimeSpan.FromSeconds(2), "keepalive time for client connections"),
        Flag.Duration("keepalive-timeout", TimeSpan.FromSeconds(6), "keepalive timeout for client connections"),
        Flag.Number("max-request-bytes", 0, "client-side request send limit in bytes (if 0, it defaults to 2.0 MiB (2 * 1024 * 1024).)"),
        Flag.Number("max-recv-bytes", 0, "client-side response receive limit in bytes (if 0, it defaults to \"math.MaxInt32\")"),
        Flag.Bool("insecure-transport", value: true, "disable transport security for client connections"),
        Flag.Bool("insecure-discovery", value: true, "accept insecure SRV records describing cluster endpoints"),
        Flag.Bool("insecure-skip-tls-verify", value: false, "skip server certificate verification (CAUTION: this option should be enabled only for testing purposes)"),
        Flag.Text("cert", "", "identify secure client using this TLS certificate file"),
        Flag.Text("key", "", "identify secure client using this TLS key file"),
        Flag.Text("cacert", "", "verify certificates of TLS-enabled secure servers using this CA bundle"),
        Flag.Text("auth-jwt-token", "", "JWT token used for authentication (if this option is used, --user and --password should not be set)"),
        Flag.Text("user", "", "username[:password] for authentication (prompt if password is not supplied)"),
        Flag.Text("password", "", "password for authentication (if this option is used, --user option shouldn't include password)"),
        Flag.Text("discovery-srv", "", "domain name to query for SRV records describing cluster endpoints", 'd'),
        Flag.Text("discovery-srv-name", "", "service name to query when using DNS discovery"));
}
