using System.Buffers.Binary;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>
/// The hello that one direction of a TCP connection begins with, put together from the bytes in order: from several segments and
/// several TLS records (RFC 8446 5.1). Keeps no more than the longest hello that it reads.
/// </summary>
internal sealed class TlsGreeting
{
    private const int RecordHeader = 5;
    private const int MessageHeader = 4;
    private const int LongestHello = 1 << 16;

    private readonly List<byte> _hello = [];
    private readonly byte[] _header = new byte[RecordHeader];
    private int _headerLength;
    private int _recordLeft;
    private bool _ended;

    /// <summary>Takes the next bytes of the stream.</summary>
    /// <returns>True when the hello is whole with them; it is said once.</returns>
    public bool Add(ReadOnlySpan<byte> bytes)
    {
        while (!_ended && !bytes.IsEmpty)
        {
            if (_recordLeft == 0)
            {
                _header[_headerLength++] = bytes[0];
                bytes = bytes[1..];
                if (_headerLength == RecordHeader)
                {
                    _headerLength = 0;
                    _recordLeft = BinaryPrimitives.ReadUInt16BigEndian(_header.AsSpan(3));
                    _ended = _header[0] != TlsReader.Handshake || !TlsReader.IsRecord(_header);
                }

                continue;
            }

            ReadOnlySpan<byte> part = bytes[..Math.Min(bytes.Length, _recordLeft)];
            _hello.AddRange(part);
            _recordLeft -= part.Length;
            bytes = bytes[part.Length..];
            if (!IsHello || Missing <= 0 || _hello.Count > LongestHello)
            {
                _ended = true;
                return IsHello && Missing <= 0;
            }
        }

        return false;
    }

    /// <summary>Nothing follows what was added: bytes are missing, or the stream ends.</summary>
    /// <returns>True when there is a hello without its end; it is said once.</returns>
    public bool Cut()
    {
        bool isPartial = !_ended && IsHello && _hello.Count > 0;
        _ended = true;
        return isPartial;
    }

    /// <summary>Adds the hello in words.</summary>
    public void WriteText(LineBuffer line)
    {
        ReadOnlySpan<byte> hello = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_hello);
        Tls.WriteHello(line, hello[0], Missing <= 0 ? hello.Slice(MessageHeader, Length)
            : hello[Math.Min(MessageHeader, hello.Length)..], isPartial: Missing > 0);
    }

    /// <summary>False once the first byte says that it is another message.</summary>
    private bool IsHello => _hello.Count == 0 || _hello[0] is Tls.ClientHello or Tls.ServerHello;

    private int Length => _hello[1] << 16 | _hello[2] << 8 | _hello[3];

    private int Missing => _hello.Count < MessageHeader ? MessageHeader : MessageHeader + Length - _hello.Count;
}
