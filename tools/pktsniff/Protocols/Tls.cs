using System.Buffers.Binary;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>
/// TLS: the records of a segment that begins with one, hellos with version, server's name, ALPN and cipher, alerts: RFC 8446,
/// RFC 5246, RFC 6066, RFC 7301.
/// </summary>
internal sealed class Tls() : PayloadProtocol("TLS", "tls", "record.content_type", "record.version", "record.length",
    "handshake.type", "handshake.version", "handshake.ciphersuite", "handshake.extensions_server_name",
    "handshake.extensions_alpn_str", "handshake.extensions.supported_version", "handshake.partial", "alert_message.level",
    "alert_message.desc")
{
    /// <summary>The type of a client's hello.</summary>
    public const byte ClientHello = 1;

    /// <summary>The type of a server's hello.</summary>
    public const byte ServerHello = 2;

    private const int MostMessages = 12;
    private const int MostItems = 64;
    private const int LongestName = 255;
    private const int AlertLength = 2;

    private static ReadOnlySpan<ushort> TlsPorts =>
        [443, 465, 563, 636, 853, 989, 990, 992, 993, 994, 995, 2376, 3269, 4433, 5061, 5671, 5986, 6443, 6697, 8443, 8883, 9443];

    /// <inheritdoc/>
    /// <remarks>On ports that are not TLS's only what begins with a hello.</remarks>
    protected override bool Recognizes(ReadOnlySpan<byte> message, scoped in DecodedFrame frame) => TlsReader.IsRecord(message)
        && (message is [TlsReader.Handshake, _, _, _, _, ClientHello or ServerHello, 0, ..]
            || TlsPorts.Contains(frame.SourcePort) || TlsPorts.Contains(frame.DestinationPort));

    /// <inheritdoc/>
    protected override void Describe(LineBuffer line, ReadOnlySpan<byte> message, scoped in DecodedFrame frame, TextStyle style)
    {
        TlsReader records = new(message);
        int last = -2;
        int left = MostMessages;
        while (records.Next())
        {
            if (left-- == 0)
            {
                line.Text(", ..."u8);
                return;
            }

            if (records.Type == TlsReader.ApplicationData && last == TlsReader.ApplicationData)
            {
                continue;
            }

            line.Text(last == -2 ? " "u8 : ", "u8);
            last = records.Type;
            WriteMessage(line, records);
        }
    }

    private static void WriteMessage(LineBuffer line, scoped in TlsReader record)
    {
        switch (record.Type)
        {
            case TlsReader.Handshake when record.Message is ClientHello or ServerHello:
                WriteHello(line, record.Message, record.Body, record.IsPartial);
                return;
            case TlsReader.Handshake:
                line.Text(HandshakeName(record.Message));
                break;
            case TlsReader.Alert when record.Length == AlertLength && record.Body.Length == AlertLength:
                line.Text(record.Body[0] == 2 ? "alert fatal "u8 : "alert warning "u8);
                ReadOnlySpan<byte> name = AlertName(record.Body[1]);
                line.Text(name);
                if (name.IsEmpty)
                {
                    line.Number(record.Body[1]);
                }

                break;
            case TlsReader.Alert:
                line.Text("encrypted alert"u8);
                break;
            case TlsReader.ChangeCipherSpec:
                line.Text("change cipher spec"u8);
                break;
            case TlsReader.ApplicationData:
                line.Text("application data"u8);
                return; // long records are the rule
            default:
                line.Text("heartbeat"u8);
                break;
        }

        line.Text(record.IsPartial ? " (partial)"u8 : default);
    }

    /// <summary>Adds a hello in words.</summary>
    /// <param name="line">Where to.</param>
    /// <param name="type">A client's or a server's.</param>
    /// <param name="body">What follows the message's type and length.</param>
    /// <param name="isPartial">Whether its end is missing.</param>
    public static void WriteHello(LineBuffer line, int type, ReadOnlySpan<byte> body, bool isPartial)
    {
        bool isServer = type == ServerHello;
        TlsHello hello = TlsHello.Read(body, isServer, isPartial);
        line.Text(isServer ? "server hello"u8 : "client hello"u8);
        if (!hello.IsPartial || !hello.Versions.IsEmpty)
        {
            WriteVersion(line.Text(" "u8), hello.Best); // what is missing may say more
        }

        if (!hello.Name.IsEmpty)
        {
            line.Text(", SNI "u8).Printable(hello.Name[..Math.Min(hello.Name.Length, LongestName)]);
        }

        bool first = true;
        ByteReader names = new(hello.Alpn);
        for (int left = MostItems; left > 0 && !names.IsAtEnd; left--)
        {
            line.Text(first ? ", ALPN "u8 : ","u8).Printable(names.Take(names.U8()));
            first = false;
        }

        if (isServer && hello.Ciphers.Length == 2)
        {
            WriteCipher(line.Text(", cipher "u8), BinaryPrimitives.ReadUInt16BigEndian(hello.Ciphers));
        }

        line.Text(hello.IsPartial ? ", partial"u8 : default);
    }

    /// <inheritdoc/>
    protected override void Write(FieldWriter fields, ReadOnlySpan<byte> message, scoped in DecodedFrame frame)
    {
        TlsReader records = new(message);
        fields.BeginList("record"u8);
        for (int left = MostMessages; left > 0 && records.Next();)
        {
            if (!records.IsFirst)
            {
                continue;
            }

            fields.Begin(default);
            fields.Number("content_type"u8, records.Type);
            fields.Number("version"u8, records.Version);
            fields.Number("length"u8, records.Length);
            fields.End();
            left--;
        }

        fields.EndList();
        WriteHandshakes(fields, message);
        WriteAlerts(fields, message);
    }

    private static void WriteHandshakes(FieldWriter fields, ReadOnlySpan<byte> message)
    {
        TlsReader records = new(message);
        bool any = false;
        for (int left = MostMessages; left > 0 && records.Next();)
        {
            if (records.Message < 0)
            {
                continue;
            }

            left--;
            if (!any)
            {
                fields.BeginList("handshake"u8);
                any = true;
            }

            fields.Begin(default);
            fields.Number("type"u8, records.Message);
            if (records.Message is ClientHello or ServerHello)
            {
                WriteHello(fields, TlsHello.Read(records.Body, records.Message == ServerHello, records.IsPartial));
            }
            else if (records.IsPartial)
            {
                fields.Flag("partial"u8, true);
            }

            fields.End();
        }

        if (any)
        {
            fields.EndList();
        }
    }

    private static void WriteHello(FieldWriter fields, scoped in TlsHello hello)
    {
        fields.Number("version"u8, hello.Version);
        WriteNumbers(fields, "ciphersuite"u8, hello.Ciphers);
        if (!hello.Name.IsEmpty)
        {
            fields.Wire("extensions_server_name"u8, hello.Name[..Math.Min(hello.Name.Length, LongestName)]);
        }

        if (!hello.Alpn.IsEmpty)
        {
            fields.BeginList("extensions_alpn_str"u8);
            ByteReader names = new(hello.Alpn);
            for (int left = MostItems; left > 0 && !names.IsAtEnd; left--)
            {
                fields.Wire(default, names.Take(names.U8()));
            }

            fields.EndList();
        }

        if (!hello.Versions.IsEmpty)
        {
            fields.Begin("extensions"u8);
            WriteNumbers(fields, "supported_version"u8, hello.Versions);
            fields.End();
        }

        fields.Flag("partial"u8, hello.IsPartial);
    }

    private static void WriteAlerts(FieldWriter fields, ReadOnlySpan<byte> message)
    {
        TlsReader records = new(message);
        bool any = false;
        for (int left = MostMessages; left > 0 && records.Next();)
        {
            if (records.Type != TlsReader.Alert || records.Length != AlertLength || records.Body.Length != AlertLength)
            {
                continue;
            }

            left--;
            if (!any)
            {
                fields.BeginList("alert_message"u8);
                any = true;
            }

            fields.Begin(default);
            fields.Number("level"u8, records.Body[0]);
            fields.Number("desc"u8, records.Body[1]);
            fields.End();
        }

        if (any)
        {
            fields.EndList();
        }
    }

    private static void WriteNumbers(FieldWriter fields, ReadOnlySpan<byte> name, ReadOnlySpan<byte> pairs)
    {
        fields.BeginList(name);
        for (int left = MostItems; left > 0 && pairs.Length >= 2; left--)
        {
            fields.Number(default, BinaryPrimitives.ReadUInt16BigEndian(pairs));
            pairs = pairs[2..];
        }

        fields.EndList();
    }

    /// <summary>Adds a version by name.</summary>
    private static void WriteVersion(LineBuffer line, ushort version)
    {
        if (version == 0x300)
        {
            line.Text("SSL 3.0"u8);
        }
        else if (version is > 0x300 and <= 0x304)
        {
            line.Text("TLS 1."u8).Number(version - 0x301);
        }
        else
        {
            line.Text("version 0x"u8).Hex(version, 4);
        }
    }

    private static void WriteCipher(LineBuffer line, ushort cipher)
    {
        ReadOnlySpan<byte> name = cipher switch
        {
            0x1301 => "AES_128_GCM_SHA256"u8,
            0x1302 => "AES_256_GCM_SHA384"u8,
            0x1303 => "CHACHA20_POLY1305_SHA256"u8,
            0x1304 => "AES_128_CCM_SHA256"u8,
            0x1305 => "AES_128_CCM_8_SHA256"u8,
            0x0005 => "RSA_WITH_RC4_128_SHA"u8,
            0x000a => "RSA_WITH_3DES_EDE_CBC_SHA"u8,
            0x002f => "RSA_WITH_AES_128_CBC_SHA"u8,
            0x0035 => "RSA_WITH_AES_256_CBC_SHA"u8,
            0x003c => "RSA_WITH_AES_128_CBC_SHA256"u8,
            0x003d => "RSA_WITH_AES_256_CBC_SHA256"u8,
            0x009c => "RSA_WITH_AES_128_GCM_SHA256"u8,
            0x009d => "RSA_WITH_AES_256_GCM_SHA384"u8,
            0x009e => "DHE_RSA_WITH_AES_128_GCM_SHA256"u8,
            0x009f => "DHE_RSA_WITH_AES_256_GCM_SHA384"u8,
            0xc009 => "ECDHE_ECDSA_WITH_AES_128_CBC_SHA"u8,
            0xc00a => "ECDHE_ECDSA_WITH_AES_256_CBC_SHA"u8,
            0xc013 => "ECDHE_RSA_WITH_AES_128_CBC_SHA"u8,
            0xc014 => "ECDHE_RSA_WITH_AES_256_CBC_SHA"u8,
            0xc023 => "ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"u8,
            0xc027 => "ECDHE_RSA_WITH_AES_128_CBC_SHA256"u8,
            0xc028 => "ECDHE_RSA_WITH_AES_256_CBC_SHA384"u8,
            0xc02b => "ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"u8,
            0xc02c => "ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"u8,
            0xc02f => "ECDHE_RSA_WITH_AES_128_GCM_SHA256"u8,
            0xc030 => "ECDHE_RSA_WITH_AES_256_GCM_SHA384"u8,
            0xcca8 => "ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"u8,
            0xcca9 => "ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"u8,
            _ => default,
        };
        if (name.IsEmpty)
        {
            line.Text("0x"u8).Hex(cipher, 4);
        }
        else
        {
            line.Text(name);
        }
    }

    private static ReadOnlySpan<byte> HandshakeName(int type) => type switch
    {
        0 => "hello request"u8,
        4 => "new session ticket"u8,
        5 => "end of early data"u8,
        8 => "encrypted extensions"u8,
        11 => "certificate"u8,
        12 => "server key exchange"u8,
        13 => "certificate request"u8,
        14 => "server hello done"u8,
        15 => "certificate verify"u8,
        16 => "client key exchange"u8,
        20 => "finished"u8,
        22 => "certificate status"u8,
        24 => "key update"u8,
        _ => "encrypted handshake"u8,
    };

    /// <summary>RFC 8446 6; empty when there is none here.</summary>
    private static ReadOnlySpan<byte> AlertName(byte description) => description switch
    {
        0 => "close notify"u8,
        10 => "unexpected message"u8,
        20 => "bad record mac"u8,
        22 => "record overflow"u8,
        40 => "handshake failure"u8,
        42 => "bad certificate"u8,
        43 => "unsupported certificate"u8,
        44 => "certificate revoked"u8,
        45 => "certificate expired"u8,
        46 => "certificate unknown"u8,
        47 => "illegal parameter"u8,
        48 => "unknown CA"u8,
        49 => "access denied"u8,
        50 => "decode error"u8,
        51 => "decrypt error"u8,
        70 => "protocol version"u8,
        71 => "insufficient security"u8,
        80 => "internal error"u8,
        86 => "inappropriate fallback"u8,
        90 => "user canceled"u8,
        100 => "no renegotiation"u8,
        109 => "missing extension"u8,
        110 => "unsupported extension"u8,
        112 => "unrecognized name"u8,
        113 => "bad certificate status response"u8,
        115 => "unknown PSK identity"u8,
        116 => "certificate required"u8,
        120 => "no application protocol"u8,
        _ => default,
    };
}
