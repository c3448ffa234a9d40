using System.Buffers.Binary;
using NetTools.Libc;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>GRE: RFC 2784, RFC 2890; version 1 is that of PPTP, RFC 2637.</summary>
internal sealed class Gre() : PayloadProtocol("GRE", "gre", "version", "proto", "key", "call_id",
    "sequence_number", "ack_number")
{
    private const int Word = 4;
    private const int HasChecksum = 0x80;
    private const int HasRouting = 0x40;
    private const int HasKey = 0x20;
    private const int HasSequence = 0x10;
    private const int HasAcknowledgment = 0x80; // in the second byte, of version 1

    /// <summary>What the header carries, where it is decoded.</summary>
    public static bool TryEnter(ReadOnlySpan<byte> bytes, ref Tunnel tunnel)
    {
        if (bytes.Length < Word || (bytes[1] & 7) > 1)
        {
            return false;
        }

        GreHeader header = new(bytes);
        tunnel.Name = "gre"u8;
        tunnel.Type = header.Type;
        tunnel.Key = header.CallId >= 0 ? header.CallId : header.Key;
        tunnel.Inner = header.Payload;
        tunnel.EtherType = header.IsCut || header.HasRouting ? (ushort)0 : header.Type switch
        {
            Linux.ETH_P_IP or Linux.ETH_P_IPV6 or Linux.ETH_P_TEB or Linux.ETH_P_MPLS_UC or Linux.ETH_P_MPLS_MC
                or FrameDecoder.PppType => header.Type,
            _ => (ushort)0,
        };
        return true;
    }

    /// <inheritdoc/>
    protected override bool Recognizes(ReadOnlySpan<byte> message, scoped in DecodedFrame frame) => message.Length >= Word;

    /// <inheritdoc/>
    protected override void Describe(LineBuffer line, ReadOnlySpan<byte> message, scoped in DecodedFrame frame, TextStyle style)
    {
        GreHeader header = new(message);
        line.Text("v"u8).Number(header.Version);
        if (header.CallId >= 0)
        {
            line.Text(", call "u8).Number(header.CallId);
        }
        else if (header.Key >= 0)
        {
            line.Text(", key=0x"u8).Hex((uint)header.Key, 1 + (31 - (int)uint.LeadingZeroCount((uint)header.Key | 1)) / 4);
        }

        if (header.Sequence >= 0)
        {
            line.Text(", seq "u8).Number(header.Sequence);
        }

        if (header.Acknowledgment >= 0)
        {
            line.Text(", ack "u8).Number(header.Acknowledgment);
        }

        line.Text(header.HasRouting ? ", routing"u8 : default).Text(", proto "u8);
        ReadOnlySpan<byte> name = Ethernet.TypeName(header.Type);
        line.Text(name).Text(name.IsEmpty ? "0x"u8 : " (0x"u8).Hex(header.Type, 4).Text(name.IsEmpty ? default : ")"u8);
    }

    /// <inheritdoc/>
    protected override void Write(FieldWriter fields, ReadOnlySpan<byte> message, scoped in DecodedFrame frame)
    {
        GreHeader header = new(message);
        fields.Number("version"u8, header.Version);
        fields.Number("proto"u8, header.Type);
        WriteOptional(fields, "key"u8, header.CallId >= 0 ? -1 : header.Key);
        WriteOptional(fields, "call_id"u8, header.CallId);
        WriteOptional(fields, "sequence_number"u8, header.Sequence);
        WriteOptional(fields, "ack_number"u8, header.Acknowledgment);
    }

    private static void WriteOptional(FieldWriter fields, ReadOnlySpan<byte> name, long value)
    {
        if (value >= 0)
        {
            fields.Number(name, value);
        }
    }

    /// <summary>The header; optional parts are -1 where they are absent or cut off.</summary>
    private readonly ref struct GreHeader
    {
        public readonly int Version;
        public readonly ushort Type;
        public readonly long Key = -1;

        /// <summary>The lower half of the key in version 1, whose upper half is a length.</summary>
        public readonly long CallId = -1;

        public readonly long Sequence = -1;
        public readonly long Acknowledgment = -1;
        public readonly bool HasRouting;
        public readonly bool IsCut;
        public readonly ReadOnlySpan<byte> Payload;

        /// <summary>Reads it from at least 4 bytes.</summary>
        public GreHeader(ReadOnlySpan<byte> bytes)
        {
            Version = bytes[1] & 7;
            Type = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
            HasRouting = (bytes[0] & Gre.HasRouting) != 0;
            ByteReader rest = new(bytes[Word..]);
            if ((bytes[0] & (HasChecksum | Gre.HasRouting)) != 0)
            {
                rest.U32();
            }

            Key = (bytes[0] & HasKey) != 0 ? Optional(ref rest) : -1;
            CallId = Version == 1 && Key >= 0 ? Key & 0xffff : -1;
            Sequence = (bytes[0] & HasSequence) != 0 ? Optional(ref rest) : -1;
            Acknowledgment = Version == 1 && (bytes[1] & HasAcknowledgment) != 0 ? Optional(ref rest) : -1;
            IsCut = rest.IsCut;
            Payload = rest.Rest;
        }

        private static long Optional(ref ByteReader rest)
        {
            uint value = rest.U32();
            return rest.IsCut ? -1 : value;
        }
    }
}
