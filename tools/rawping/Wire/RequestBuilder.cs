using NetTools.Packets;

namespace NetTools.RawPing;

/// <summary>Builds echo requests into one reused buffer.</summary>
internal sealed class RequestBuilder
{
    private const byte DefaultTtl = 64;

    private readonly EchoPayload _payload;
    private readonly ushort _id;
    private readonly bool _v6;
    private readonly PingSettings _settings;
    private readonly byte[] _packet;
    private readonly int _headerLength;

    /// <param name="payload">The data.</param>
    /// <param name="id">The identifier.</param>
    /// <param name="v6">ICMPv6, or ICMP.</param>
    /// <param name="settings">Says whether the IP header is ours to write, and its fields.</param>
    public RequestBuilder(EchoPayload payload, ushort id, bool v6, PingSettings settings)
    {
        _payload = payload;
        _id = id;
        _v6 = v6;
        _settings = settings;
        _headerLength = !settings.HeaderIncluded ? 0 : v6 ? IPv6Header.Length
            : IPv4Header.MinimumLength + settings.IpOptions.Length;
        _packet = new byte[_headerLength + IcmpHeader.Length + payload.Length];
        payload.Write(_packet.AsSpan(_headerLength + IcmpHeader.Length), 0);
    }

    /// <summary>The request of a probe; valid until the next call.</summary>
    /// <param name="number">The probe's number.</param>
    /// <param name="source">Read only when the IP header is ours to write.</param>
    /// <param name="destination">Read only when the IP header is ours to write.</param>
    public ReadOnlySpan<byte> Build(ulong number, HostAddress source, HostAddress destination)
    {
        Span<byte> message = _packet.AsSpan(_headerLength);
        _payload.WriteNonce(message[IcmpHeader.Length..], number);
        ulong pseudo = 0;
        if (_headerLength > 0)
        {
            pseudo = WriteHeader(source, destination, message.Length);
        }

        byte type = _v6 ? Icmpv6Type.EchoRequest : IcmpType.EchoRequest;
        IcmpHeader.Write(message, type, code: 0, _id, (ushort)number, pseudo);
        return _packet;
    }

    private ulong WriteHeader(HostAddress source, HostAddress destination, int length)
    {
        Span<byte> from = stackalloc byte[source.Length];
        Span<byte> to = stackalloc byte[destination.Length];
        source.CopyTo(from);
        destination.CopyTo(to);
        byte tos = (byte)(_settings.Tos ?? 0);
        byte ttl = (byte)(_settings.Ttl ?? DefaultTtl);
        if (_v6)
        {
            IPv6Header.Write(_packet, new IPv6Fields
            {
                PayloadLength = length,
                NextHeader = 58,
                HopLimit = ttl,
                TrafficClass = tos,
                Source = from,
                Destination = to,
            });
            return InternetChecksum.AddPseudoHeader(0, from, to, protocol: 58, length);
        }

        IPv4Header.Write(_packet, new IPv4Fields
        {
            TotalLength = _packet.Length,
            TimeToLive = ttl,
            TypeOfService = tos,
            DontFragment = _settings.DontFragment,
            Options = _settings.IpOptions,
            Protocol = 1,
            Source = from,
            Destination = to,
        });
        return 0;
    }
}
