using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>SNMP of versions 1, 2c and 3: RFC 1157, RFC 3416, RFC 3412. An encrypted message is named only.</summary>
internal sealed class Snmp() : PayloadProtocol("SNMP", "snmp", "version", "community", "msgUserName", "data", "request_id",
    "error_status", "error_index", "name")
{
    private const int MostNames = 16;
    private const int LongestText = 80;
    private const byte FirstPdu = 0xa0;
    private const byte Trap = 0xa4;
    private const byte GetBulk = 0xa5;

    /// <inheritdoc/>
    protected override bool Recognizes(ReadOnlySpan<byte> message, scoped in DecodedFrame frame) =>
        TryRead(message, out _);

    /// <inheritdoc/>
    protected override void Describe(LineBuffer line, ReadOnlySpan<byte> message, scoped in DecodedFrame frame, TextStyle style)
    {
        TryRead(message, out SnmpMessage snmp);
        line.Text(snmp.Version switch { 0 => "v1"u8, 1 => "v2c"u8, 3 => "v3"u8, _ => " unknown version"u8 });
        if (snmp.Version != 3)
        {
            line.Text(" C=\""u8).Printable(snmp.Community[..Math.Min(snmp.Community.Length, LongestText)]).Text("\""u8);
        }
        else if (!snmp.User.IsEmpty)
        {
            line.Text(" U=\""u8).Printable(snmp.User[..Math.Min(snmp.User.Length, LongestText)]).Text("\""u8);
        }

        if (snmp.Pdu == 0)
        {
            line.Text(" encrypted or cut"u8);
            return;
        }

        line.Text(" "u8).Text(PduName(snmp.Pdu)).Text("("u8).Number(snmp.Length).Text(")"u8);
        if (snmp.ErrorStatus != 0 && snmp.Pdu != GetBulk)
        {
            line.Text(" error "u8).Number(snmp.ErrorStatus).Text("@"u8).Number(snmp.ErrorIndex);
        }

        BerReader bindings = new(snmp.Bindings);
        for (int left = MostNames; bindings.Next(BerReader.Sequence); left--)
        {
            if (left == 0)
            {
                line.Text(" ..."u8);
                return;
            }

            BerReader binding = new(bindings.Value);
            if (binding.Next(BerReader.ObjectIdentifier))
            {
                WriteIdentifier(line.Text(" ."u8), binding.Value);
                WriteValue(line, ref binding);
            }
        }
    }

    /// <inheritdoc/>
    protected override void Write(FieldWriter fields, ReadOnlySpan<byte> message, scoped in DecodedFrame frame)
    {
        TryRead(message, out SnmpMessage snmp);
        fields.Number("version"u8, snmp.Version);
        if (snmp.Version != 3)
        {
            fields.Wire("community"u8, snmp.Community);
        }
        else
        {
            fields.Wire("msgUserName"u8, snmp.User);
        }

        if (snmp.Pdu == 0)
        {
            return;
        }

        fields.Number("data"u8, snmp.Pdu - FirstPdu);
        if (snmp.Pdu != Trap)
        {
            fields.Number("request_id"u8, snmp.RequestId);
            if (snmp.Pdu != GetBulk)
            {
                fields.Number("error_status"u8, snmp.ErrorStatus);
                fields.Number("error_index"u8, snmp.ErrorIndex);
            }
        }

        fields.BeginList("name"u8);
        BerReader bindings = new(snmp.Bindings);
        for (int left = MostNames; left > 0 && bindings.Next(BerReader.Sequence); left--)
        {
            BerReader binding = new(bindings.Value);
            if (binding.Next(BerReader.ObjectIdentifier))
            {
                LineBuffer name = fields.Fresh();
                WriteIdentifier(name, binding.Value);
                fields.Text(default, name.Bytes);
            }
        }

        fields.EndList();
    }

    private static bool TryRead(ReadOnlySpan<byte> bytes, out SnmpMessage message)
    {
        message = default;
        BerReader outer = new(bytes);
        if (!outer.Next(BerReader.Sequence))
        {
            return false;
        }

        BerReader reader = new(outer.Value);
        if (!reader.Next(BerReader.Integer) || reader.Value.Length != 1 || reader.Number is not (0 or 1 or 3))
        {
            return false;
        }

        message.Version = (int)reader.Number;
        if (message.Version == 3)
        {
            ReadVersion3(reader, ref message);
            return true;
        }

        if (!reader.Next(BerReader.OctetString))
        {
            return false;
        }

        message.Community = reader.Value;
        ReadPdu(reader, ref message);
        return true;
    }

    /// <summary>
    /// The user among the security parameters, and the message when it is not encrypted: RFC 3412 6, RFC 3414 2.4.
    /// </summary>
    private static void ReadVersion3(BerReader reader, ref SnmpMessage message)
    {
        if (!reader.Next(BerReader.Sequence) || !reader.Next(BerReader.OctetString))
        {
            return;
        }

        BerReader wrapped = new(reader.Value);
        if (wrapped.Next(BerReader.Sequence))
        {
            BerReader security = new(wrapped.Value);
            if (security.Next(BerReader.OctetString) && security.Next(BerReader.Integer) && security.Next(BerReader.Integer)
                && security.Next(BerReader.OctetString))
            {
                message.User = security.Value;
            }
        }

        if (reader.Next(BerReader.Sequence))
        {
            BerReader plain = new(reader.Value);
            if (plain.Next(BerReader.OctetString) && plain.Next(BerReader.OctetString))
            {
                ReadPdu(plain, ref message);
            }
        }
    }

    private static void ReadPdu(BerReader reader, ref SnmpMessage message)
    {
        if (!reader.Next() || PduName(reader.Tag).IsEmpty)
        {
            return;
        }

        message.Pdu = reader.Tag;
        message.Length = reader.Value.Length;
        BerReader pdu = new(reader.Value);
        if (message.Pdu == Trap)
        {
            // Enterprise, agent, generic, specific, time.
            for (int skipped = 0; skipped < 5 && pdu.Next(); skipped++)
            {
            }
        }
        else if (pdu.Next(BerReader.Integer))
        {
            message.RequestId = pdu.Number;
            message.ErrorStatus = pdu.Next(BerReader.Integer) ? pdu.Number : 0;
            message.ErrorIndex = pdu.Next(BerReader.Integer) ? pdu.Number : 0;
        }

        if (pdu.Next(BerReader.Sequence))
        {
            message.Bindings = pdu.Value;
        }
    }

    /// <summary>Adds an identifier: its first byte holds two numbers, the others 7 bits each.</summary>
    private static void WriteIdentifier(LineBuffer line, ReadOnlySpan<byte> value)
    {
        const int most = 64;
        uint number = 0;
        bool isFirst = true;
        foreach (byte one in value[..Math.Min(value.Length, most)])
        {
            number = number << 7 | (one & 0x7fu);
            if ((one & 0x80) != 0)
            {
                continue;
            }

            if (isFirst)
            {
                uint arc = Math.Min(number / 40, 2);
                line.Number(arc).Text("."u8).Number(number - arc * 40);
                isFirst = false;
            }
            else
            {
                line.Text("."u8).Number(number);
            }

            number = 0;
        }
    }

    private static void WriteValue(LineBuffer line, ref BerReader binding)
    {
        if (!binding.Next())
        {
            return;
        }

        switch (binding.Tag)
        {
            case BerReader.Integer:
                line.Text("="u8).Number(binding.Number);
                break;
            case 0x41 or 0x42 or 0x43 or 0x46: // counters, a gauge and ticks
                line.Text("="u8).Unsigned(binding.Unsigned);
                break;
            case BerReader.OctetString:
                line.Text("=\""u8).Printable(binding.Value[..Math.Min(binding.Value.Length, LongestText)]).Text("\""u8);
                break;
            case BerReader.ObjectIdentifier:
                WriteIdentifier(line.Text("=."u8), binding.Value);
                break;
            case 0x40 when binding.Value.Length == 4:
                line.Text("="u8).Address(binding.Value);
                break;
            case 0x80 or 0x81 or 0x82:
                line.Text(binding.Tag switch
                {
                    0x80 => "=[noSuchObject]"u8,
                    0x81 => "=[noSuchInstance]"u8,
                    _ => "=[endOfMibView]"u8,
                });
                break;
        }
    }

    private static ReadOnlySpan<byte> PduName(byte tag) => tag switch
    {
        FirstPdu => "GetRequest"u8,
        0xa1 => "GetNextRequest"u8,
        0xa2 => "GetResponse"u8,
        0xa3 => "SetRequest"u8,
        Trap => "Trap"u8,
        GetBulk => "GetBulk"u8,
        0xa6 => "InformRequest"u8,
        0xa7 => "V2Trap"u8,
        0xa8 => "Report"u8,
        _ => default,
    };

    private ref struct SnmpMessage
    {
        public int Version;
        public ReadOnlySpan<byte> Community;
        public ReadOnlySpan<byte> User;
        public byte Pdu;
        public int Length;
        public long RequestId;
        public long ErrorStatus;
        public long ErrorIndex;
        public ReadOnlySpan<byte> Bindings;
    }
}
