using System.Net.Security;
using Etcd.Grpc.Client;

namespace Etcd.Client.Connections;

/// <summary>One member: its channel and when it may be tried again after it could not be reached.</summary>
internal sealed class Endpoint : IDisposable
{
    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private TimeSpan _pause;
    private long _notBefore;

    public Endpoint(string text, EtcdClientOptions options, TimeProvider time)
    {
        Text = text;
        _time = time;
        EndpointAddress address = EndpointAddress.Parse(text);
        Channel = new GrpcChannel(address.Target, new GrpcChannelOptions
        {
            Tls = TlsFor(address, options.Tls),
            ConnectTimeout = options.DialTimeout,
            KeepAliveTime = options.KeepAliveTime,
            KeepAliveTimeout = options.KeepAliveTimeout,
            MaxSendBytes = options.MaxSendBytes,
            MaxReceiveBytes = options.MaxReceiveBytes,
        });
    }

    /// <summary>As the user wrote it.</summary>
    public string Text { get; }

    public GrpcChannel Channel { get; }

    /// <summary>How long to leave this member alone; zero if it may be tried.</summary>
    public TimeSpan RemainingPause()
    {
        lock (_lock)
        {
            if (_pause == TimeSpan.Zero)
                return TimeSpan.Zero;
            TimeSpan remaining = TimeSpan.FromTicks((long)((_notBefore - _time.GetTimestamp()) * ((double)TimeSpan.TicksPerSecond / _time.TimestampFrequency)));
            return remaining > TimeSpan.Zero ? remaining : TimeSpan.Zero;
        }
    }

    /// <summary>There was no connection: wait longer each time.</summary>
    public void ReportUnreachable()
    {
        lock (_lock)
        {
            _pause = _pause == TimeSpan.Zero ? s_firstPause : _pause * 2;
            if (_pause > s_longestPause)
                _pause = s_longestPause;
            _notBefore = _time.GetTimestamp() + (long)(_pause.TotalSeconds * _time.TimestampFrequency);
        }
    }

    public void ReportReachable()
    {
        lock (_lock)
            _pause = TimeSpan.Zero;
    }

    public void Dispose() => Channel.Dispose();

    private static SslClientAuthenticationOptions? TlsFor(EndpointAddress address, SslClientAuthenticationOptions? tls)
    {
        if (address.IsTls == false || (address.IsTls is null && tls is null))
            return null;
        SslClientAuthenticationOptions own = tls is null ? new SslClientAuthenticationOptions() : Copy(tls);
        own.TargetHost ??= address.Target.Host;
        own.ApplicationProtocols = [SslApplicationProtocol.Http2];
        return own;
    }

    private static SslClientAuthenticationOptions Copy(SslClientAuthenticationOptions tls) => new()
    {
        TargetHost = tls.TargetHost,
        ClientCertificates = tls.ClientCertificates,
        ClientCertificateContext = tls.ClientCertificateContext,
        LocalCertificateSelectionCallback = tls.LocalCertificateSelectionCallback,
        RemoteCertificateValidationCallback = tls.RemoteCertificateValidationCallback,
        CertificateChainPolicy = tls.CertificateChainPolicy,
        CertificateRevocationCheckMode = tls.CertificateRevocationCheckMode,
        EnabledSslProtocols = tls.EnabledSslProtocols,
        CipherSuitesPolicy = tls.CipherSuitesPolicy,
    };
}
