using System.Text.Json;
using NetTools.Packets;
using NetTools.RawPing.Wire;

namespace NetTools.RawPing.Report;

/// <summary>An ICMP error about a request, as it is reported.</summary>
internal readonly struct PathError(long sequence, HostAddress from, in IcmpHeader icmp)
{
    // The header alone: what it quotes is ours.
    private readonly byte _type = icmp.Type;
    private readonly byte _code = icmp.Code;
    private readonly uint _rest = icmp.Rest;

    /// <summary>A redirect or a source quench: the request goes on its way.</summary>
    public bool IsAdvice => !from.IsV6 && IcmpType.IsAdvice(_type);

    /// <summary>Writes its members; MTU, gateway or pointer are there where the kind of error has one.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteNumber("seq", sequence);
        json.WriteString("from", from.ToString());
        json.WriteNumber("type", _type);
        json.WriteNumber("code", _code);
        Span<byte> header = stackalloc byte[IcmpHeader.Length];
        IcmpHeader.Write(header, _type, _code, (ushort)(_rest >> 16), (ushort)_rest);
        _ = IcmpHeader.TryRead(header, out IcmpHeader icmp);
        json.WriteString("text", ErrorText.Describe(icmp, from.IsV6));
        switch (from.IsV6, _type)
        {
            case (false, IcmpType.DestinationUnreachable) when _code == 4:
                json.WriteNumber("mtu_bytes", _rest & 0xffff);
                break;
            case (true, Icmpv6Type.PacketTooBig):
                json.WriteNumber("mtu_bytes", _rest);
                break;
            case (false, IcmpType.Redirect):
                json.WriteString("gateway", new HostAddress(_rest, IsV6: false).ToString());
                break;
            case (false, IcmpType.ParameterProblem):
                json.WriteNumber("pointer", _rest >> 24);
                break;
            case (true, Icmpv6Type.ParameterProblem):
                json.WriteNumber("pointer", _rest);
                break;
        }
    }
}
