using System.Buffers.Binary;
using NetTools.Libc;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>VXLAN: RFC 7348.</summary>
internal sealed class Vxlan() : PayloadProtocol("VXLAN", "vxlan", "flags", "vni")
{
    /// <summary>IANA's port.</summary>
    public const ushort Port = 4789;

    /// <summary>Linux's default port.</summary>
    public const ushort LinuxPort = 8472;

    private const int HeaderLength = 8;

    /// <summary>The frame behind the header.</summary>
    public static bool TryEnter(ReadOnlySpan<byte> payload, ref Tunnel tunnel)
    {
        if (payload.Length < HeaderLength)
        {
            return false;
        }

        tunnel.Name = "vxlan"u8;
        tunnel.Key = Identifier(payload);
        tunnel.Inner = payload[HeaderLength..];
        tunnel.EtherType = Linux.ETH_P_TEB;
        return true;
    }

    /// <inheritdoc/>
    protected override bool Recognizes(ReadOnlySpan<byte> message, scoped in DecodedFrame frame) =>
        message.Length >= HeaderLength && frame.DestinationPort is Port or LinuxPort;

    /// <inheritdoc/>
    protected override void Describe(LineBuffer line, ReadOnlySpan<byte> message, scoped in DecodedFrame frame,
        TextStyle style) =>
        line.Text(", flags [0x"u8).Hex(message[0], 2).Text("], vni "u8).Number(Identifier(message));

    /// <inheritdoc/>
    protected override void Write(FieldWriter fields, ReadOnlySpan<byte> message, scoped in DecodedFrame frame)
    {
        fields.Number("flags"u8, BinaryPrimitives.ReadUInt16BigEndian(message));
        fields.Number("vni"u8, Identifier(message));
    }

    private static long Identifier(ReadOnlySpan<byte> header) => BinaryPrimitives.ReadUInt32BigEndian(header[4..]) >> 8;
}
