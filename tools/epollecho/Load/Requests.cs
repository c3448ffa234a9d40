namespace NetTools.EpollEcho.Load;

/// <summary>What the connections of a load send, request behind request.</summary>
internal abstract unsafe class Requests : IDisposable
{
    /// <summary>The bytes of a connection's requests from an offset on; <see cref="Stream.Piece"/> of them can be read.</summary>
    /// <param name="connection">The number of the connection.</param>
    /// <param name="offset">Bytes from the beginning of its first request.</param>
    public abstract byte* At(long connection, long offset);

    /// <summary>The length of a request.</summary>
    /// <param name="connection">The number of the connection.</param>
    /// <param name="number">The request on it, from 0.</param>
    public abstract int Length(long connection, long number);

    /// <inheritdoc/>
    public abstract void Dispose();
}

/// <summary>Requests to an echo: pseudo-random bytes.</summary>
/// <param name="sizes">How many each has.</param>
internal sealed unsafe class EchoRequests(RequestSizes sizes) : Requests
{
    private readonly Stream _stream = Stream.Echo();

    /// <inheritdoc/>
    public override byte* At(long connection, long offset) => _stream.At(connection, offset);

    /// <inheritdoc/>
    public override int Length(long connection, long number) => sizes.Of(connection, number);

    /// <inheritdoc/>
    public override void Dispose() => _stream.Dispose();
}
