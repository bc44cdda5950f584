namespace Etcd.Store.Membership;

/// <summary>One member of the cluster. Immutable.</summary>
public sealed record Member(ulong Id)
{
    /// <summary>Empty until the member has started and published itself.</summary>
    public string Name { get; init; } = "";

    public IReadOnlyList<string> PeerUrls { get; init; } = [];

    /// <summary>Empty until the member has started and published itself.</summary>
    public IReadOnlyList<string> ClientUrls { get; init; } = [];

    public bool IsLearner { get; init; }

    public bool IsStarted => Name.Length > 0;
}
