namespace Etcd.Raft.Tests.Simulation;

/// <summary>Raft broke one of its promises.</summary>
internal sealed class SafetyViolationException(string message) : Exception(message);
