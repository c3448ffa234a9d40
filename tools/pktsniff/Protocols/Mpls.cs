using System.Buffers.Binary;
using NetTools.Libc;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>A stack of MPLS labels: RFC 3032. What follows the last is told by its first byte.</summary>
internal sealed class Mpls : Protocol
{
    private const int EntryLength = 4;
    private const int MostLabels = 16;

    /// <inheritdoc/>
    public override string Name => "MPLS";

    /// <inheritdoc/>
    public override string[] FieldNames => ["mpls.label", "mpls.exp", "mpls.bottom", "mpls.ttl"];

    /// <inheritdoc/>
    public override bool IsIn(scoped in DecodedFrame frame) => PayloadProtocol.PayloadOf(frame).Length >= EntryLength;

    /// <inheritdoc/>
    public override bool WriteText(LineBuffer line, scoped in DecodedFrame frame, TextStyle style)
    {
        ReadOnlySpan<byte> rest = PayloadProtocol.PayloadOf(frame);
        if (rest.Length < EntryLength)
        {
            return false;
        }

        line.Name("MPLS"u8);
        for (int left = MostLabels; left > 0 && rest.Length >= EntryLength; left--)
        {
            uint entry = Entry(ref rest);
            line.Text(" (label "u8).Number(entry >> 12).Text(", exp "u8).Number(entry >> 9 & 7)
                .Text(IsBottom(entry) ? ", [S], ttl "u8 : ", ttl "u8).Number(entry & 0xff).Text(")"u8);
            if (IsBottom(entry))
            {
                break;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public override bool WriteFields(FieldWriter fields, scoped in DecodedFrame frame)
    {
        ReadOnlySpan<byte> rest = PayloadProtocol.PayloadOf(frame);
        if (rest.Length < EntryLength)
        {
            return false;
        }

        fields.BeginList("mpls"u8);
        for (int left = MostLabels; left > 0 && rest.Length >= EntryLength; left--)
        {
            uint entry = Entry(ref rest);
            fields.Begin(default);
            fields.Number("label"u8, entry >> 12);
            fields.Number("exp"u8, entry >> 9 & 7);
            fields.Flag("bottom"u8, IsBottom(entry));
            fields.Number("ttl"u8, entry & 0xff);
            fields.End();
            if (IsBottom(entry))
            {
                break;
            }
        }

        fields.EndList();
        return true;
    }

    /// <summary>What stands behind the stack, where its first byte is that of IP.</summary>
    public static bool TryEnter(ReadOnlySpan<byte> stack, ref Tunnel tunnel)
    {
        for (int left = MostLabels; left > 0 && stack.Length >= EntryLength; left--)
        {
            if (IsBottom(Entry(ref stack)))
            {
                tunnel.Name = "mpls"u8;
                tunnel.Inner = stack;
                tunnel.EtherType = (stack.IsEmpty ? 0 : stack[0] >> 4) switch
                {
                    4 => Linux.ETH_P_IP,
                    6 => Linux.ETH_P_IPV6,
                    _ => 0,
                };
                return true;
            }
        }

        return false;
    }

    private static bool IsBottom(uint entry) => (entry & 0x100) != 0;

    private static uint Entry(ref ReadOnlySpan<byte> rest)
    {
        uint entry = BinaryPrimitives.ReadUInt32BigEndian(rest);
        rest = rest[EntryLength..];
        return entry;
    }
}
