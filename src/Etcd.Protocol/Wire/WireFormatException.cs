namespace Etcd.Protocol.Wire;

/// <summary>Bytes that claim to be a protobuf message are not one: from a hostile peer, a damaged file or a newer format.</summary>
public sealed class WireFormatException(string message) : FormatException(message);
