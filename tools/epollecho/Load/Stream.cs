using System.Runtime.InteropServices;

namespace NetTools.EpollEcho.Load;

/// <summary>
/// The bytes that connections send: one long period, in which every connection begins at a place of its own. Both ends of an
/// echo know what byte comes next, so every one of them is compared, and bytes of another connection never pass for one's own.
/// </summary>
internal sealed unsafe class Stream : IDisposable
{
    /// <summary>The most bytes that <see cref="At"/> guarantees in one piece.</summary>
    public const int Piece = 64 * 1024;

    private const int EchoPeriod = 1_048_573; // a prime, so that no power of two of bytes comes round to the same place
    private const int EchoStep = 611_953;

    private readonly byte* _bytes;
    private readonly int _period;
    private readonly int _step;

    private Stream(ReadOnlySpan<byte> period, int step)
    {
        _period = period.Length;
        _step = step;
        _bytes = (byte*)NativeMemory.Alloc((nuint)(_period + Piece));
        for (int at = 0; at < _period + Piece; at += _period)
        {
            int part = Math.Min(_period, _period + Piece - at);
            period[..part].CopyTo(new Span<byte>(_bytes + at, part));
        }
    }

    /// <summary>Pseudo-random bytes, the same in every run.</summary>
    public static Stream Echo()
    {
        byte[] period = new byte[EchoPeriod];
        new Random(20260101).NextBytes(period);
        return new Stream(period, EchoStep);
    }

    /// <summary>The same bytes over and over, the same for each connection.</summary>
    public static Stream Repeated(ReadOnlySpan<byte> bytes) => new(bytes, 0);

    /// <summary>Bytes in one period.</summary>
    public int Period => _period;

    /// <summary>The bytes of a connection's stream from an offset on; <see cref="Piece"/> of them can be read.</summary>
    /// <param name="connection">The number of the connection.</param>
    /// <param name="offset">Bytes from the beginning of its stream.</param>
    public byte* At(long connection, long offset) => _bytes + (((connection * _step) + offset) % _period);

    /// <inheritdoc/>
    public void Dispose() => NativeMemory.Free(_bytes);
}
