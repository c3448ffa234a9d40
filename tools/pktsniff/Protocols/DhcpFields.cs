using System.Buffers.Binary;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>The fields of a DHCP message; the usual options by name, all of them by code.</summary>
internal static class DhcpFields
{
    private const int MostOptions = 64;
    private const int AddressLength = 4;

    /// <summary>Writes the fields.</summary>
    public static void Write(FieldWriter fields, DhcpMessage message)
    {
        fields.Begin("dhcp"u8);
        fields.Number("op"u8, message.Operation);
        fields.Number("transaction_id"u8, message.TransactionId);
        fields.Address("client_ip"u8, message.ClientAddress);
        fields.Address("your_ip"u8, message.YourAddress);
        fields.Address("server_ip"u8, message.ServerAddress);
        fields.Address("relay_ip"u8, message.RelayAddress);
        fields.Mac("client_mac"u8, message.ClientHardware);
        ulong seen = 0; // a member of an object must not come twice: the first counts
        DhcpOptionReader options = message.Options;
        for (int left = MostOptions; left > 0 && options.Next(); left--)
        {
            ulong bit = options.Code < 64 ? 1UL << options.Code : 0;
            if ((seen & bit) == 0)
            {
                WriteNamed(fields, options.Code, options.Value);
            }

            seen |= bit;
        }

        options = message.Options;
        fields.BeginList("options"u8);
        for (int left = MostOptions; left > 0 && options.Next(); left--)
        {
            fields.Begin(default);
            fields.Number("code"u8, options.Code);
            fields.Hex("value"u8, options.Value);
            fields.End();
        }

        fields.EndList();
        fields.End();
    }

    private static void WriteNamed(FieldWriter fields, byte code, ReadOnlySpan<byte> value)
    {
        switch (code)
        {
            case DhcpText.MessageType when value.Length == 1:
                fields.Number("type"u8, value[0]);
                fields.Name("type_name"u8, DhcpText.TypeName(value[0]));
                break;
            case DhcpText.RequestedAddress when value.Length == AddressLength:
                fields.Address("requested_ip"u8, value);
                break;
            case DhcpText.ServerIdentifier when value.Length == AddressLength:
                fields.Address("server_id"u8, value);
                break;
            case DhcpText.SubnetMask when value.Length == AddressLength:
                fields.Address("subnet_mask"u8, value);
                break;
            case DhcpText.LeaseTime when value.Length == 4:
                fields.Number("lease_s"u8, BinaryPrimitives.ReadUInt32BigEndian(value));
                break;
            case DhcpText.Routers:
                WriteAddresses(fields, "routers"u8, value);
                break;
            case DhcpText.NameServers:
                WriteAddresses(fields, "dns_servers"u8, value);
                break;
            case DhcpText.HostName:
                fields.Wire("host_name"u8, value);
                break;
            case DhcpText.DomainName:
                fields.Wire("domain"u8, value);
                break;
        }
    }

    private static void WriteAddresses(FieldWriter fields, ReadOnlySpan<byte> name, ReadOnlySpan<byte> addresses)
    {
        fields.BeginList(name);
        for (; addresses.Length >= AddressLength; addresses = addresses[AddressLength..])
        {
            fields.Address(default, addresses[..AddressLength]);
        }

        fields.EndList();
    }
}
