namespace Etcd.Raft.Tests.Scenarios;

/// <summary>What a command answers instead of doing its work; printed as its output.</summary>
internal sealed class ScenarioException(string message) : Exception(message);
