using NetTools.Packets;
using NetTools.RawPing.Ping;

namespace NetTools.RawPing.Wire;

/// <summary>Builds requests into one reused buffer.</summary>
internal sealed class RequestBuilder
{
    private const byte DefaultTtl = 64;

    private readonly RequestBody _body;
    private readonly ushort _id;
    private readonly bool _v6;
    private readonly RequestKind _kind;
    private readonly PingSettings _settings;
    private readonly byte[] _packet;
    private readonly int _headerLength;

    /// <param name="body">The data.</param>
    /// <param name="id">The identifier.</param>
    /// <param name="kind">The message.</param>
    /// <param name="settings">Says whether the IP header is ours to write, and its fields.</param>
    public RequestBuilder(RequestBody body, ushort id, RequestKind kind, PingSettings settings)
    {
        _body = body;
        _id = id;
        _kind = kind;
        _v6 = kind.IsV6;
        _settings = settings;
        _headerLength = !settings.HeaderIncluded ? 0 : _v6 ? IPv6Header.Length
            : IPv4Header.MinimumLength + settings.IpOptions.Length;
        _packet = new byte[_headerLength + IcmpHeader.Length + body.Length];
        body.WritePattern(_packet.AsSpan(_headerLength + IcmpHeader.Length));
    }

    /// <summary>The request of a probe; valid until the next call.</summary>
    /// <param name="number">The probe's number.</param>
    /// <param name="source">Read only when the IP header is ours to write.</param>
    /// <param name="destination">Read only when the IP header is ours to write.</param>
    public ReadOnlySpan<byte> Build(ulong number, HostAddress source, HostAddress destination)
    {
        Span<byte> message = _packet.AsSpan(_headerLength);
        _body.WriteNonce(message[IcmpHeader.Length..], number);
        ulong pseudo = 0;
        if (_headerLength > 0)
        {
            pseudo = WriteHeader(source, destination, message.Length);
        }

        IcmpHeader.Write(message, _kind.Type, _kind.Code, _id, (ushort)number, pseudo);
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
            Identification = _settings.Identification,
            DontFragment = _settings.DontFragment,
            Options = _settings.IpOptions,
            Protocol = 1,
            Source = from,
            Destination = to,
        });
        return 0;
    }
}
