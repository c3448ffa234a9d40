using System.Buffers.Binary;
using NetTools.Os;
using NetTools.Packets;
using NetTools.RawPing.Wire;

namespace NetTools.RawPing.Trace;

/// <summary>
/// Builds probes whose flow is constant, so that routers which share load by flow send all of them the same way. ICMP keeps
/// identifier and checksum: two bytes of data balance sequence number and nonce. UDP keeps its ports: the probe's number is the
/// checksum, and its data begins with a nonce. TCP keeps its ports: the number is in the sequence number.
/// </summary>
internal sealed class TraceWire
{
    private const int NonceLength = 8;
    private const int UdpLength = 8;
    private const int TcpLength = 20;
    private const byte Syn = 2;

    private readonly TraceSettings _settings;
    private readonly ushort _id;
    private readonly byte[] _source;
    private readonly byte[] _destination;
    private readonly byte[] _packet;
    private readonly bool _v6;
    private readonly EchoPayload _nonces;
    private readonly uint _key = (uint)Randomness.UInt64();

    /// <param name="settings">Protocol, port, size.</param>
    /// <param name="source">The source address of the probes.</param>
    /// <param name="id">The ICMP identifier, or the first source port.</param>
    public TraceWire(TraceSettings settings, HostAddress source, ushort id)
    {
        _settings = settings;
        _id = id;
        _source = source.ToBytes();
        _destination = settings.Target.Address.ToBytes();
        _v6 = source.IsV6;
        _nonces = new EchoPayload(settings.Base.Size, settings.Base.Pattern);
        int header = settings.Protocol == TraceProtocol.Tcp ? TcpLength : UdpLength;
        _packet = new byte[header + (settings.Protocol == TraceProtocol.Tcp ? 0 : settings.Base.Size)];
    }

    /// <summary>The IP protocol of the probes.</summary>
    public byte Protocol => _settings.Protocol switch
    {
        TraceProtocol.Udp => 17,
        TraceProtocol.Tcp => 6,
        _ => (byte)(_v6 ? 58 : 1),
    };

    /// <summary>The source port of a flow.</summary>
    public ushort PortOf(int flow) => (ushort)(_id + flow);

    /// <summary>The probe of a number; valid until the next call.</summary>
    /// <param name="number">Its low 16 bits are not 0.</param>
    /// <param name="flow">From 0.</param>
    public ReadOnlySpan<byte> Build(ulong number, int flow)
    {
        Span<byte> packet = _packet;
        packet.Clear();
        switch (_settings.Protocol)
        {
            case TraceProtocol.Icmp:
                BuildEcho(packet, number, flow);
                break;
            case TraceProtocol.Udp:
                BuildUdp(packet, number, flow);
                break;
            default:
                BuildSyn(packet, number, flow);
                break;
        }

        return packet;
    }

    /// <summary>Finds the probe number in the transport header that an error quotes.</summary>
    /// <param name="quoted">From the transport header on; 8 bytes or more.</param>
    /// <param name="flow">The flow of the quoted probe, as far as the header shows it; else 0.</param>
    /// <returns>The number's low 16 bits, or 0 when it is not one of ours.</returns>
    public ushort NumberInQuote(ReadOnlySpan<byte> quoted, out int flow)
    {
        flow = 0;
        if (quoted.Length < 8)
        {
            return 0;
        }

        ushort first = BinaryPrimitives.ReadUInt16BigEndian(quoted);
        if (_settings.Protocol == TraceProtocol.Icmp)
        {
            bool ours = quoted[0] == (_v6 ? Icmpv6Type.EchoRequest : IcmpType.EchoRequest)
                && BinaryPrimitives.ReadUInt16BigEndian(quoted[4..]) == _id;
            return ours ? BinaryPrimitives.ReadUInt16BigEndian(quoted[6..]) : (ushort)0;
        }

        flow = first - _id;
        if (flow < 0 || flow >= _settings.Flows || BinaryPrimitives.ReadUInt16BigEndian(quoted[2..]) != _settings.Port)
        {
            return 0;
        }

        if (_settings.Protocol == TraceProtocol.Udp)
        {
            return BinaryPrimitives.ReadUInt16BigEndian(quoted[6..]);
        }

        return NumberOf(BinaryPrimitives.ReadUInt32BigEndian(quoted[4..]));
    }

    /// <summary>Finds the probe number in a TCP segment from the host: it acknowledges the SYN, or refuses it.</summary>
    /// <param name="segment">From the TCP header on.</param>
    /// <returns>The number's low 16 bits; 0 when it is not an answer.</returns>
    public ushort NumberInAnswer(ReadOnlySpan<byte> segment)
    {
        int flow = segment.Length < 8 ? -1 : BinaryPrimitives.ReadUInt16BigEndian(segment[2..]) - _id;
        if (flow < 0 || flow >= _settings.Flows || BinaryPrimitives.ReadUInt16BigEndian(segment) != _settings.Port)
        {
            return 0;
        }

        return segment.Length < TcpLength ? (ushort)0 : NumberOf(BinaryPrimitives.ReadUInt32BigEndian(segment[8..]) - 1);
    }

    /// <summary>The flow whose probes a UDP datagram from the host answers, or -1.</summary>
    /// <param name="datagram">From the UDP header on.</param>
    public int FlowOfAnswer(ReadOnlySpan<byte> datagram)
    {
        int flow = datagram.Length < UdpLength ? -1 : BinaryPrimitives.ReadUInt16BigEndian(datagram[2..]) - _id;
        bool ours = flow >= 0 && flow < _settings.Flows && BinaryPrimitives.ReadUInt16BigEndian(datagram) == _settings.Port;
        return ours ? flow : -1;
    }

    /// <summary>True when a UDP datagram sends a probe's data back.</summary>
    public bool IsEchoOf(ReadOnlySpan<byte> datagram, ulong number) =>
        datagram.Length >= UdpLength + NonceLength && _nonces.HasNonce(datagram[UdpLength..], number);

    /// <summary>True when the data of an echo reply, or as much of it as is quoted, has the nonce of a probe.</summary>
    public bool HasNonce(ReadOnlySpan<byte> data, ulong number) => data.Length < NonceLength || _nonces.HasNonce(data, number);

    private ushort NumberOf(uint sequence) => sequence >> 16 == _key >> 16 ? (ushort)sequence : (ushort)0;

    private void BuildEcho(Span<byte> packet, ulong number, int flow)
    {
        Span<byte> data = packet[IcmpHeader.Length..];
        _nonces.WritePattern(data);
        _nonces.WriteNonce(data, number);
        data[NonceLength] = data[NonceLength + 1] = 0;
        packet[0] = _v6 ? Icmpv6Type.EchoRequest : IcmpType.EchoRequest;
        BinaryPrimitives.WriteUInt16BigEndian(packet[4..], _id);
        BinaryPrimitives.WriteUInt16BigEndian(packet[6..], (ushort)number);
        ulong sum = _v6 ? InternetChecksum.AddPseudoHeader(0, _source, _destination, Protocol, packet.Length) : 0;
        ushort wanted = (ushort)(0x1b1b + 0x0101 * flow);
        Balance(packet, IcmpHeader.Length + NonceLength, sum, wanted);
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], wanted);
    }

    private void BuildUdp(Span<byte> packet, ulong number, int flow)
    {
        WritePorts(packet, flow);
        BinaryPrimitives.WriteUInt16BigEndian(packet[4..], (ushort)packet.Length);
        Span<byte> data = packet[UdpLength..];
        _nonces.WritePattern(data);
        _nonces.WriteNonce(data, number);
        data[NonceLength] = data[NonceLength + 1] = 0;
        ulong sum = InternetChecksum.AddPseudoHeader(0, _source, _destination, Protocol, packet.Length);
        Balance(packet, UdpLength + NonceLength, sum, (ushort)number);
        BinaryPrimitives.WriteUInt16BigEndian(packet[6..], (ushort)number);
    }

    private void BuildSyn(Span<byte> packet, ulong number, int flow)
    {
        WritePorts(packet, flow);
        BinaryPrimitives.WriteUInt32BigEndian(packet[4..], (_key & 0xffff0000) | (ushort)number);
        packet[12] = TcpLength / 4 << 4;
        packet[13] = Syn;
        BinaryPrimitives.WriteUInt16BigEndian(packet[14..], ushort.MaxValue);
        ulong sum = InternetChecksum.AddPseudoHeader(0, _source, _destination, Protocol, packet.Length);
        BinaryPrimitives.WriteUInt16BigEndian(packet[16..], InternetChecksum.Finish(InternetChecksum.Add(sum, packet)));
    }

    private void WritePorts(Span<byte> packet, int flow)
    {
        BinaryPrimitives.WriteUInt16BigEndian(packet, PortOf(flow));
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], (ushort)_settings.Port);
    }

    // Sets the two bytes at a place so that the checksum of the packet is the one that is wanted; the checksum field is still 0.
    private static void Balance(Span<byte> packet, int at, ulong sum, ushort wanted)
    {
        ushort now = InternetChecksum.Finish(InternetChecksum.Add(sum, packet)); // the complement of the sum
        uint difference = (uint)now + (ushort)~wanted; // what has to be added to the sum, in ones' complement
        difference = (difference & 0xffff) + (difference >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(packet[at..], (ushort)difference);
    }
}
