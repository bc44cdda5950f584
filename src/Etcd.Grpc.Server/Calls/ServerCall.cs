using System.Buffers;
using Google.Protobuf;

namespace Etcd.Grpc.Server;

/// <summary>One call as its handler sees it. One reader and one writer may use it at the same time.</summary>
/// <remarks>Not tied to HTTP, so that a gateway can call the same handlers. Instances are reused: nothing of a call may be
/// touched after its handler returned.</remarks>
public abstract class ServerCall
{
    /// <summary>The request message last read, not decompressed twice and not copied: valid until the next
    /// <see cref="ReadAsync"/> or the end of the call.</summary>
    public abstract ReadOnlyMemory<byte> Message { get; }

    /// <summary>Who called, as far as the transport knows.</summary>
    public abstract ClientConnection Connection { get; }

    /// <summary>Fires when the client is gone, its deadline has passed or the call was aborted.</summary>
    public abstract CancellationToken CancellationToken { get; }

    /// <summary>The method that was called.</summary>
    public abstract GrpcMethod Method { get; }

    /// <summary>A mark that the gate leaves for whoever ends streams when the cluster has no leader.</summary>
    public bool RequiresLeader { get; set; }

    /// <summary>First value of a request header; null if absent.</summary>
    /// <param name="name">Lower case.</param>
    public abstract string? GetHeader(string name);

    /// <summary>Waits for the next request message.</summary>
    /// <returns>False when the client has sent its last one.</returns>
    /// <exception cref="RpcException">The client's bytes are no messages.</exception>
    public abstract ValueTask<bool> ReadAsync();

    /// <summary>Begins a response message of exactly <paramref name="messageBytes"/> bytes, which the caller then writes.
    /// Nothing is sent before <see cref="FlushAsync"/> or the end of the call.</summary>
    public abstract IBufferWriter<byte> StartMessage(int messageBytes);

    /// <summary>Sends what was written and waits while the client is slower than we are.</summary>
    /// <exception cref="OperationCanceledException">The client is gone.</exception>
    public abstract ValueTask FlushAsync();

    /// <summary>Ends a streaming call from outside: its token fires, and the client gets this status whatever the handler
    /// returns. Thread-safe; does nothing for a unary call or one that has ended.</summary>
    public abstract void Abort(GrpcStatus status);

    /// <summary>Writes one response message.</summary>
    public void WriteMessage(IMessage message) => message.WriteTo(StartMessage(message.CalculateSize()));

    /// <summary>Parses the request message.</summary>
    /// <exception cref="RpcException">The message is no valid protobuf: INTERNAL, as grpc-go answers.</exception>
    public TMessage Parse<TMessage>(MessageParser<TMessage> parser)
        where TMessage : IMessage<TMessage>
    {
        try
        {
            return parser.ParseFrom(Message.Span);
        }
        catch (InvalidProtocolBufferException problem)
        {
            throw new RpcException(CallStatus.BadRequestMessage(problem.Message), problem);
        }
    }
}
