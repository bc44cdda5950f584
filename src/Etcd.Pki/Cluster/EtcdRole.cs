namespace Etcd.Pki.Cluster;

/// <summary>What a certificate is for in an etcd cluster.</summary>
public enum EtcdRole
{
    /// <summary>Shown to clients. Also used as a client by the server's own JSON gateway, so it needs both usages.</summary>
    Server,

    /// <summary>Shown to other members, as server and as client.</summary>
    Peer,

    /// <summary>Shown by etcdctl and other clients.</summary>
    Client,
}
