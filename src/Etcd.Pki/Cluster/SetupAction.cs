namespace Etcd.Pki.Cluster;

/// <summary>What happened to one file.</summary>
/// <param name="Path">The file.</param>
/// <param name="Outcome">What was done.</param>
/// <param name="Reason">Why, in a few words; empty if it needs none.</param>
public sealed record SetupAction(string Path, SetupOutcome Outcome, string Reason = "");

public enum SetupOutcome
{
    Kept,
    Created,
    Renewed,
    Replaced,
}
