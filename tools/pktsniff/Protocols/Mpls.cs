using System.Buffers.Binary;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>A stack of MPLS labels: RFC 3032. What follows the last: <see cref="Pseudowire"/>.</summary>
internal sealed class Mpls : Protocol
{
    private const int EntryLength = 4;
    private const int MostLabels = 16;

    /// <inheritdoc/>
    public override string Name => "MPLS";

    /// <inheritdoc/>
    public override string[] FieldNames =>
    [
        "mpls.label", "mpls.exp", "mpls.bottom", "mpls.ttl", "pweth.cw.sequence_number", "pwach.channel_type",
    ];

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
                WriteWire(line, Pseudowire.Read(rest));
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
        WriteWire(fields, PayloadProtocol.PayloadOf(frame));
        return true;
    }

    private static void WriteWire(LineBuffer line, scoped in Pseudowire wire)
    {
        if (wire.Sequence >= 0)
        {
            line.Text(", control word sequence "u8).Number(wire.Sequence);
        }
        else if (wire.Channel >= 0)
        {
            line.Text(", associated channel 0x"u8).Hex((uint)wire.Channel, 4);
        }
    }

    private static void WriteWire(FieldWriter fields, ReadOnlySpan<byte> stack)
    {
        Pseudowire wire = TrySkip(ref stack) ? Pseudowire.Read(stack) : new Pseudowire { Sequence = -1, Channel = -1 };
        if (wire.Sequence >= 0)
        {
            fields.Begin("pweth"u8);
            fields.Begin("cw"u8);
            fields.Number("sequence_number"u8, wire.Sequence);
            fields.End();
            fields.End();
        }
        else if (wire.Channel >= 0)
        {
            fields.Begin("pwach"u8);
            fields.Number("channel_type"u8, wire.Channel);
            fields.End();
        }
    }

    /// <summary>What stands behind the stack.</summary>
    /// <returns>False when the end of the stack is not here.</returns>
    public static bool TryEnter(ReadOnlySpan<byte> stack, ref Tunnel tunnel)
    {
        if (!TrySkip(ref stack))
        {
            return false;
        }

        Pseudowire wire = Pseudowire.Read(stack);
        tunnel.Name = "mpls"u8;
        tunnel.Inner = wire.Inner;
        tunnel.EtherType = wire.EtherType;
        return true;
    }

    private static bool TrySkip(ref ReadOnlySpan<byte> stack)
    {
        for (int left = MostLabels; left > 0 && stack.Length >= EntryLength; left--)
        {
            if (IsBottom(Entry(ref stack)))
            {
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
