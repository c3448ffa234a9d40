using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>DHCPv6: RFC 8415. The message itself; one in a relay's is shown inside it.</summary>
internal sealed class Dhcpv6() : PayloadProtocol("DHCPv6", "dhcpv6", "msgtype", "xid", "hopcount", "linkaddr", "peeraddr",
    "option.type", "duid", "server_duid", "ia_address", "ia_prefix", "relayed.msgtype", "relayed.xid", "relayed.option.type",
    "relayed.duid", "relayed.server_duid", "relayed.ia_address", "relayed.ia_prefix")
{
    private const byte RelayForward = 12;
    private const byte RelayReply = 13;
    private const int ClientId = 1;
    private const int ServerId = 2;
    private const int Addresses = 3;
    private const int TemporaryAddresses = 4;
    private const int Address = 5;
    private const int RelayedMessage = 9;
    private const int Prefixes = 25;
    private const int Prefix = 26;
    private const int MostOptions = 32;
    private const int ShortestLength = 4;
    private const int Deepest = 3;

    /// <inheritdoc/>
    protected override bool Recognizes(ReadOnlySpan<byte> message, scoped in DecodedFrame frame) =>
        message.Length >= ShortestLength && !TypeName(message[0]).IsEmpty;

    /// <inheritdoc/>
    protected override void Describe(LineBuffer line, ReadOnlySpan<byte> message, scoped in DecodedFrame frame,
        TextStyle style) =>
        DescribeMessage(line, message, Deepest);

    /// <inheritdoc/>
    protected override void Write(FieldWriter fields, ReadOnlySpan<byte> message, scoped in DecodedFrame frame) =>
        WriteMessage(fields, message, isRelayed: false);

    private static void DescribeMessage(LineBuffer line, ReadOnlySpan<byte> message, int deepest)
    {
        line.Text(" "u8).Text(TypeName(message[0]));
        ByteReader options = Options(message, out uint id, out ReadOnlySpan<byte> link, out ReadOnlySpan<byte> peer);
        if (IsRelay(message[0]))
        {
            line.Text(" link "u8).Address(link).Text(" peer "u8).Address(peer);
        }
        else
        {
            line.Text(" (xid=0x"u8).Hex(id, id > 0xfffff ? 6 : id > 0xffff ? 5 : id > 0xfff ? 4 : 3).Text(")"u8);
        }

        for (int left = MostOptions; left > 0 && options.Has(4); left--)
        {
            int type = options.U16();
            ReadOnlySpan<byte> value = options.Take(options.U16());
            if (type is Addresses or TemporaryAddresses or Prefixes)
            {
                LeaseReader leases = new(type, value);
                while (leases.Next())
                {
                    line.Text(" "u8).Address(leases.Address);
                    if (leases.PrefixLength >= 0)
                    {
                        line.Text("/"u8).Number(leases.PrefixLength);
                    }
                }
            }
            else if (type == RelayedMessage && deepest > 0 && value.Length >= ShortestLength && !TypeName(value[0]).IsEmpty)
            {
                line.Text(", relayed"u8);
                DescribeMessage(line, value, deepest - 1);
            }
        }
    }

    private static void WriteMessage(FieldWriter fields, ReadOnlySpan<byte> message, bool isRelayed)
    {
        fields.Number("msgtype"u8, message[0]);
        ByteReader options = Options(message, out uint id, out ReadOnlySpan<byte> link, out ReadOnlySpan<byte> peer);
        if (!IsRelay(message[0]))
        {
            fields.Number("xid"u8, id);
        }
        else if (!isRelayed && peer.Length == 16)
        {
            fields.Number("hopcount"u8, message[1]);
            fields.Address("linkaddr"u8, link);
            fields.Address("peeraddr"u8, peer);
        }

        ReadOnlySpan<byte> client = default;
        ReadOnlySpan<byte> server = default;
        ReadOnlySpan<byte> relayed = default;
        ByteReader reader = options;
        fields.Begin("option"u8);
        fields.BeginList("type"u8);
        for (int left = MostOptions; left > 0 && reader.Has(4); left--)
        {
            int type = reader.U16();
            ReadOnlySpan<byte> value = reader.Take(reader.U16());
            fields.Number(default, type);
            client = type == ClientId ? value : client;
            server = type == ServerId ? value : server;
            relayed = type == RelayedMessage ? value : relayed;
        }

        fields.EndList();
        fields.End();
        WriteIdentifier(fields, "duid"u8, client);
        WriteIdentifier(fields, "server_duid"u8, server);
        WriteLeases(fields, "ia_address"u8, options, prefixes: false);
        WriteLeases(fields, "ia_prefix"u8, options, prefixes: true);
        if (!isRelayed && relayed.Length >= ShortestLength && !TypeName(relayed[0]).IsEmpty)
        {
            fields.Begin("relayed"u8);
            WriteMessage(fields, relayed, isRelayed: true);
            fields.End();
        }
    }

    private static void WriteIdentifier(FieldWriter fields, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        const int longest = 130;
        if (!value.IsEmpty)
        {
            fields.Hex(name, value[..Math.Min(value.Length, longest)]);
        }
    }

    private static void WriteLeases(FieldWriter fields, ReadOnlySpan<byte> name, ByteReader options, bool prefixes)
    {
        bool any = false;
        for (int left = MostOptions; left > 0 && options.Has(4); left--)
        {
            int type = options.U16();
            LeaseReader leases = new(type, options.Take(options.U16()));
            while (type == Prefixes == prefixes && leases.Next())
            {
                if (!any)
                {
                    fields.BeginList(name);
                    any = true;
                }

                LineBuffer text = fields.Fresh().Address(leases.Address);
                if (leases.PrefixLength >= 0)
                {
                    text.Text("/"u8).Number(leases.PrefixLength);
                }

                fields.Text(default, text.Bytes);
            }
        }

        if (any)
        {
            fields.EndList();
        }
    }

    private static ByteReader Options(
        ReadOnlySpan<byte> message, out uint id, out ReadOnlySpan<byte> link, out ReadOnlySpan<byte> peer)
    {
        ByteReader reader = new(message[1..]);
        id = 0;
        link = default;
        peer = default;
        if (IsRelay(message[0]))
        {
            reader.U8();
            link = reader.Whole(16);
            peer = reader.Whole(16);
        }
        else
        {
            id = (uint)reader.U24();
        }

        return reader;
    }

    private static bool IsRelay(byte type) => type is RelayForward or RelayReply;

    /// <summary>In tcpdump's words; empty when there is none here.</summary>
    private static ReadOnlySpan<byte> TypeName(byte type) => type switch
    {
        1 => "solicit"u8,
        2 => "advertise"u8,
        3 => "request"u8,
        4 => "confirm"u8,
        5 => "renew"u8,
        6 => "rebind"u8,
        7 => "reply"u8,
        8 => "release"u8,
        9 => "decline"u8,
        10 => "reconf"u8,
        11 => "inf-req"u8,
        RelayForward => "relay-fwd"u8,
        RelayReply => "relay-reply"u8,
        14 => "leasequery"u8,
        15 => "leasequery-reply"u8,
        16 => "leasequery-done"u8,
        17 => "leasequery-data"u8,
        _ => default,
    };

    /// <summary>The addresses or prefixes in an identity association: RFC 8415 21.4 to 21.6, 21.21, 21.22.</summary>
    private ref struct LeaseReader
    {
        private ByteReader _options;
        private int _left = MostOptions;

        public LeaseReader(int type, ReadOnlySpan<byte> association)
        {
            _options = new ByteReader(association);
            _options.Take(type == TemporaryAddresses ? 4 : 12);
            if (type is not (Addresses or TemporaryAddresses or Prefixes))
            {
                _left = 0;
            }
        }

        /// <summary>The address or the prefix.</summary>
        public ReadOnlySpan<byte> Address { get; private set; }

        /// <summary>Bits of the prefix; -1 for an address.</summary>
        public int PrefixLength { get; private set; }

        public bool Next()
        {
            while (_left-- > 0 && _options.Has(4))
            {
                int type = _options.U16();
                ByteReader option = new(_options.Take(_options.U16()));
                if (type is Dhcpv6.Address or Prefix)
                {
                    option.Take(type == Prefix ? 8 : 0);
                    PrefixLength = type == Prefix ? option.U8() : -1;
                    Address = option.Whole(16);
                    if (!Address.IsEmpty)
                    {
                        return true;
                    }
                }
            }

            return false;
        }
    }
}
