namespace Etcd.Pki.Bundles;

/// <summary>How to choose when a certificate has several chains.</summary>
public enum BundleFlavor
{
    /// <summary>The one most platforms accept. Without platform data this is <see cref="Optimal"/>.</summary>
    Ubiquitous,

    /// <summary>The shortest, then the one that lives longest.</summary>
    Optimal,

    /// <summary>The one that was given, unchecked.</summary>
    Force,
}
