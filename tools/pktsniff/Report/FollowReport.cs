using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Link;
using NetTools.PktSniff.Protocols;
using NetTools.PktSniff.Traffic;
using NetTools.Terminal;

namespace NetTools.PktSniff.Report;

/// <summary>
/// What one conversation carries, in order, as text or in hex; a line before each turn says who speaks, and one behind a TLS
/// hello what is in it.
/// </summary>
/// <param name="output">Where it goes.</param>
/// <param name="selector">Which conversation.</param>
/// <param name="hex">Whether bytes are printed in hex.</param>
internal sealed class FollowReport(Output output, StreamSelector selector, HexStyle hex) : IFrameReport
{
    private readonly StreamNumbers _numbers = new();
    private readonly LineBuffer _line = new();
    private readonly LineBuffer[] _names = [new(), new()];
    private StreamDirection[] _directions = [new(), new()];
    private TlsGreeting[] _greetings = [new(), new()];
    private byte[]? _first;
    private ushort _firstPort;
    private int _speaker = -1;
    private bool _inLine;

    /// <inheritdoc/>
    public void Print(long number, scoped in CapturedFrame captured, scoped in DecodedFrame frame)
    {
        int stream = _numbers.Add(frame, captured.Length, TrafficCounter.TimeOf(captured));
        if (!frame.Has(FrameLayers.Ports) || !selector.Selects(frame, stream))
        {
            return;
        }

        ReadOnlySpan<byte> source = frame.Source;
        ReadOnlySpan<byte> destination = frame.Destination;
        if (_first is null)
        {
            _first = source.ToArray();
            _firstPort = frame.SourcePort;
            _names[0].Address(source).Text("."u8).Number(frame.SourcePort).Text(" > "u8).Address(destination).Text("."u8)
                .Number(frame.DestinationPort);
            _names[1].Address(destination).Text("."u8).Number(frame.DestinationPort).Text(" > "u8).Address(source).Text("."u8)
                .Number(frame.SourcePort);
        }

        int from = source.SequenceEqual(_first) && frame.SourcePort == _firstPort ? 0 : 1;
        if (frame.Has(FrameLayers.Udp))
        {
            Write(from, frame.Udp.Payload, 0);
        }
        else if (frame.Has(FrameLayers.Tcp))
        {
            Follow(from, frame);
        }
    }

    /// <inheritdoc/>
    public void End()
    {
        EndDirections();
        if (_first is null)
        {
            ErrorLine.Write("--follow: no frame of that stream", "list the streams with: pktsniff -r FILE --streams");
        }
    }

    private void Follow(int from, scoped in DecodedFrame frame)
    {
        if (_directions[from].IsOfAnother(frame))
        {
            // The same ends, another connection.
            EndDirections();
            _directions = [new(), new()];
            _greetings = [new(), new()];
            _speaker = -1;
        }

        if ((frame.Tcp.Flags & TcpFlags.Ack) != 0)
        {
            int other = 1 - from;
            _directions[other].Acknowledge(frame.Tcp.Acknowledgment, (bytes, missing) => Take(other, bytes, missing));
        }

        _directions[from].Add(frame, (bytes, missing) => Take(from, bytes, missing));
    }

    private void EndDirections()
    {
        for (int i = 0; i < _directions.Length; i++)
        {
            int from = i;
            _directions[from].End((bytes, missing) => Take(from, bytes, missing));
            CutGreeting(from);
        }

        EndLine();
    }

    /// <summary>Takes bytes of a TCP connection in order. Behind the end of a TLS hello, a line says what is in it.</summary>
    private void Take(int from, ReadOnlySpan<byte> bytes, long missing)
    {
        if (missing > 0)
        {
            CutGreeting(from);
        }

        Write(from, bytes, missing);
        if (_greetings[from].Add(bytes))
        {
            WriteGreeting(from);
        }
    }

    private void CutGreeting(int from)
    {
        if (_greetings[from].Cut())
        {
            WriteGreeting(from);
        }
    }

    private void WriteGreeting(int from)
    {
        Turn(from);
        EndLine();
        _line.Text("[TLS "u8);
        _greetings[from].WriteText(_line);
        _line.Text("]"u8).End(output);
    }

    private void Turn(int from)
    {
        if (from != _speaker)
        {
            EndLine();
            _speaker = from;
            _line.Text("--- "u8).Text(_names[from].Bytes).End(output);
        }
    }

    private void Write(int from, ReadOnlySpan<byte> bytes, long missing)
    {
        if (bytes.IsEmpty && missing == 0)
        {
            return;
        }

        Turn(from);
        if (missing > 0)
        {
            EndLine();
            _line.Text("["u8).Number(missing).Text(" bytes missing]"u8).End(output);
        }

        if (hex is HexStyle.Hex or HexStyle.HexAndText)
        {
            HexDump.Write(output, _line, bytes, hex);
        }
        else
        {
            WriteText(bytes);
        }
    }

    /// <summary>Line ends stay; other bytes that could move a terminal become dots.</summary>
    private void WriteText(ReadOnlySpan<byte> bytes)
    {
        Span<byte> chunk = stackalloc byte[512];
        int used = 0;
        foreach (byte one in bytes)
        {
            if (one == '\n')
            {
                output.Write(chunk[..used]);
                used = 0;
                output.EndLine();
                _inLine = false;
                continue;
            }

            if (one == '\r')
            {
                continue;
            }

            chunk[used++] = one is (>= 0x20 and < 0x7f) or (byte)'\t' ? one : (byte)'.';
            _inLine = true;
            if (used == chunk.Length)
            {
                output.Write(chunk);
                used = 0;
            }
        }

        output.Write(chunk[..used]);
    }

    private void EndLine()
    {
        if (_inLine)
        {
            output.EndLine();
            _inLine = false;
        }
    }
}
