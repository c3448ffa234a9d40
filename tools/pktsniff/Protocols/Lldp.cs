using System.Buffers.Binary;
using NetTools.Libc;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>LLDP: IEEE 802.1AB.</summary>
internal sealed class Lldp : Protocol
{
    private const int ChassisMac = 4;
    private const int ChassisNetwork = 5;
    private const int PortMac = 3;
    private const int PortNetwork = 4;
    private const int MostElements = 64;

    /// <inheritdoc/>
    public override string Name => "LLDP";

    /// <inheritdoc/>
    public override string[] FieldNames =>
    [
        "lldp.chassis_type", "lldp.chassis", "lldp.port_type", "lldp.port", "lldp.ttl_s", "lldp.port_description",
        "lldp.system_name", "lldp.system_description", "lldp.capabilities", "lldp.enabled_capabilities", "lldp.management_ip",
    ];

    /// <inheritdoc/>
    public override bool IsIn(scoped in DecodedFrame frame) => frame.EtherType == Linux.ETH_P_LLDP;

    /// <inheritdoc/>
    public override bool WriteText(LineBuffer line, scoped in DecodedFrame frame, TextStyle style)
    {
        if (!IsIn(frame))
        {
            return false;
        }

        LldpReader elements = new(frame.Network);
        line.Name("LLDP"u8);
        for (int left = MostElements; left > 0 && elements.Next(); left--)
        {
            ReadOnlySpan<byte> value = elements.Value;
            switch (elements.Type)
            {
                case LldpReader.ChassisId when value.Length >= 2:
                    WriteChassis(line.Text(", chassis "u8), value);
                    break;
                case LldpReader.PortId when value.Length >= 2:
                    WritePort(line.Text(", port "u8), value);
                    break;
                case LldpReader.TimeToLive when value.Length >= 2:
                    line.Text(", ttl "u8).Number(BinaryPrimitives.ReadUInt16BigEndian(value)).Text("s"u8);
                    break;
                case LldpReader.SystemName:
                    line.Text(", name "u8).Printable(value);
                    break;
                case LldpReader.PortDescription when style.Verbose:
                    line.Text(", port description "u8).Printable(value);
                    break;
                case LldpReader.SystemDescription when style.Verbose:
                    line.Text(", description "u8).Printable(value);
                    break;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public override bool WriteFields(FieldWriter fields, scoped in DecodedFrame frame)
    {
        if (!IsIn(frame))
        {
            return false;
        }

        LldpReader elements = new(frame.Network);
        fields.Begin("lldp"u8);
        ulong seen = 0; // a member of an object must not come twice: the first counts
        for (int left = MostElements; left > 0 && elements.Next(); left--)
        {
            ReadOnlySpan<byte> value = elements.Value;
            ulong bit = 1UL << (elements.Type & 63);
            if ((seen & bit) != 0)
            {
                continue;
            }

            seen |= bit;
            switch (elements.Type)
            {
                case LldpReader.ChassisId when value.Length >= 2:
                    fields.Number("chassis_type"u8, value[0]);
                    fields.Text("chassis"u8, WriteChassis(fields.Fresh(), value).Bytes);
                    break;
                case LldpReader.PortId when value.Length >= 2:
                    fields.Number("port_type"u8, value[0]);
                    fields.Text("port"u8, WritePort(fields.Fresh(), value).Bytes);
                    break;
                case LldpReader.TimeToLive when value.Length >= 2:
                    fields.Number("ttl_s"u8, BinaryPrimitives.ReadUInt16BigEndian(value));
                    break;
                case LldpReader.PortDescription:
                    fields.Wire("port_description"u8, value);
                    break;
                case LldpReader.SystemName:
                    fields.Wire("system_name"u8, value);
                    break;
                case LldpReader.SystemDescription:
                    fields.Wire("system_description"u8, value);
                    break;
                case LldpReader.SystemCapabilities when value.Length >= 4:
                    fields.Number("capabilities"u8, BinaryPrimitives.ReadUInt16BigEndian(value));
                    fields.Number("enabled_capabilities"u8, BinaryPrimitives.ReadUInt16BigEndian(value[2..]));
                    break;
                case LldpReader.ManagementAddress when value is [5, 1, ..] && value.Length >= 6:
                    fields.Address("management_ip"u8, value.Slice(2, 4));
                    break;
                case LldpReader.ManagementAddress when value is [17, 2, ..] && value.Length >= 18:
                    fields.Address("management_ip"u8, value.Slice(2, 16));
                    break;
            }
        }

        fields.End();
        return true;
    }

    /// <summary>Adds the chassis of an LLDP frame: its value's first byte tells what the rest is.</summary>
    private static LineBuffer WriteChassis(LineBuffer line, ReadOnlySpan<byte> value) =>
        WriteId(line, value, ChassisMac, ChassisNetwork);

    /// <summary>Adds the port of an LLDP frame.</summary>
    private static LineBuffer WritePort(LineBuffer line, ReadOnlySpan<byte> value) => WriteId(line, value, PortMac, PortNetwork);

    private static LineBuffer WriteId(LineBuffer line, ReadOnlySpan<byte> value, int mac, int network)
    {
        if (value[0] == mac && value.Length == 7)
        {
            return line.Mac(value[1..]);
        }

        bool isAddress = (value.Length == 6 && value[1] == 1) || (value.Length == 18 && value[1] == 2);
        return value[0] == network && isAddress ? line.Address(value[2..]) : line.Printable(value[1..]);
    }
}

/// <summary>The elements (TLVs) of an LLDP frame one by one: IEEE 802.1AB 8. A last one that is cut off is left out.</summary>
/// <param name="payload">What follows the EtherType.</param>
public ref struct LldpReader(ReadOnlySpan<byte> payload)
{
    /// <summary>Who sent it.</summary>
    public const int ChassisId = 1;

    /// <summary>From which port.</summary>
    public const int PortId = 2;

    /// <summary>For how many seconds it holds.</summary>
    public const int TimeToLive = 3;

    /// <summary>The port in words.</summary>
    public const int PortDescription = 4;

    /// <summary>The sender's name.</summary>
    public const int SystemName = 5;

    /// <summary>The sender in words.</summary>
    public const int SystemDescription = 6;

    /// <summary>What it can do and does.</summary>
    public const int SystemCapabilities = 7;

    /// <summary>Where it can be managed.</summary>
    public const int ManagementAddress = 8;

    private ReadOnlySpan<byte> _rest = payload;

    /// <summary>The element's type.</summary>
    public int Type { get; private set; }

    /// <summary>Its value.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Goes to the next element.</summary>
    /// <returns>False when there is none.</returns>
    public bool Next()
    {
        if (_rest.Length < 2)
        {
            return false;
        }

        int head = BinaryPrimitives.ReadUInt16BigEndian(_rest);
        Type = head >> 9;
        int length = head & 0x1ff;
        if (Type == 0 || 2 + length > _rest.Length)
        {
            return false;
        }

        Value = _rest.Slice(2, length);
        _rest = _rest[(2 + length)..];
        return true;
    }
}
