using System.Buffers.Binary;
using NetTools.Packets;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>DNS messages in a few words: the question, and the answers' data (RFC 1035). mDNS and LLMNR look the same.</summary>
internal static class DnsText
{
    private const int MostRecords = 8;
    private const int TcpPrefix = 2;

    /// <summary>The message in a frame of DNS, mDNS or LLMNR: over UDP, or over TCP when a segment begins with it.</summary>
    public static bool TryFind(scoped in DecodedFrame frame, out DnsMessage message)
    {
        message = default;
        if (!frame.Has(FrameLayers.Ports) || !(IsPort(frame.SourcePort) || IsPort(frame.DestinationPort)))
        {
            return false;
        }

        if (frame.Has(FrameLayers.Udp))
        {
            return DnsMessage.TryRead(frame.Udp.Payload, out message);
        }

        ReadOnlySpan<byte> segment = frame.Has(FrameLayers.Tcp) ? frame.Tcp.Payload : default;
        // Its length stands before it; a segment from the middle of a message seldom begins with such a number.
        return segment.Length > TcpPrefix && BinaryPrimitives.ReadUInt16BigEndian(segment) == segment.Length - TcpPrefix
            && DnsMessage.TryRead(segment[TcpPrefix..], out message);
    }

    /// <summary>Adds what the message says.</summary>
    public static void Write(LineBuffer line, DnsMessage message)
    {
        line.Text(message.IsResponse ? ", DNS answer "u8 : ", DNS query "u8).Number(message.Id);
        if (message.IsResponse && message.ResponseCode is int code and not 0)
        {
            line.Text(" "u8).Text(ResultName(code));
        }

        int at = DnsMessage.HeaderLength;
        for (int i = 0; i < message.QuestionCount && i < MostRecords; i++)
        {
            if (!message.TryReadQuestion(ref at, out DnsRecord question))
            {
                return;
            }

            line.Text(i == 0 ? " "u8 : ", "u8);
            if (!WriteName(line, message.Bytes, question.NameAt))
            {
                return;
            }

            WriteType(line.Text(" "u8), question.Type);
        }

        if (message.QuestionCount > MostRecords)
        {
            return; // the answers begin behind all of them
        }

        for (int i = 0; i < message.AnswerCount && i < MostRecords; i++)
        {
            if (!message.TryReadRecord(ref at, out DnsRecord record))
            {
                return;
            }

            WriteType(line.Text(i == 0 ? ": "u8 : ", "u8), record.Type);
            WriteData(line.Text(" "u8), message.Bytes, record);
        }

        if (message.AnswerCount > MostRecords)
        {
            line.Text(", and "u8).Number(message.AnswerCount - MostRecords).Text(" more"u8);
        }
    }

    /// <summary>Adds a name as RFC 1035 5.1 writes it.</summary>
    /// <returns>False when the name is broken; what was added then ends where it breaks.</returns>
    public static bool WriteName(LineBuffer line, ReadOnlySpan<byte> message, int at)
    {
        DnsLabelReader labels = new(message, at);
        bool any = false;
        while (labels.Next())
        {
            any = true;
            line.Label(labels.Label).Text("."u8);
        }

        line.Text(labels.IsLoop ? "<loop>"u8 : any || labels.IsBroken ? default : "."u8);
        return !labels.IsBroken;
    }

    /// <summary>Adds a record's data, in the words of a zone file where it is a type that is known here.</summary>
    public static void WriteData(LineBuffer line, ReadOnlySpan<byte> message, in DnsRecord record)
    {
        ReadOnlySpan<byte> data = message.Slice(record.DataAt, record.DataLength);
        switch (record.Type)
        {
            case 1 when data.Length == 4:
            case 28 when data.Length == 16:
                line.Address(data);
                break;
            case 2 or 5 or 12 or 39:
                WriteName(line, message, record.DataAt);
                break;
            case 15 when data.Length > 2:
                line.Number(BinaryPrimitives.ReadUInt16BigEndian(data)).Text(" "u8);
                WriteName(line, message, record.DataAt + 2);
                break;
            case 33 when data.Length > 6:
                line.Number(BinaryPrimitives.ReadUInt16BigEndian(data)).Text(" "u8).Number(BinaryPrimitives.ReadUInt16BigEndian(data[2..]))
                    .Text(" "u8).Number(BinaryPrimitives.ReadUInt16BigEndian(data[4..])).Text(" "u8);
                WriteName(line, message, record.DataAt + 6);
                break;
            case 16:
                WriteStrings(line, data);
                break;
            default:
                line.Text("("u8).Number(data.Length).Text(" bytes)"u8);
                break;
        }
    }

    /// <summary>The name of a record type; empty when there is none here.</summary>
    public static ReadOnlySpan<byte> TypeName(int type) => type switch
    {
        1 => "A"u8,
        2 => "NS"u8,
        5 => "CNAME"u8,
        6 => "SOA"u8,
        12 => "PTR"u8,
        15 => "MX"u8,
        16 => "TXT"u8,
        28 => "AAAA"u8,
        33 => "SRV"u8,
        35 => "NAPTR"u8,
        39 => "DNAME"u8,
        41 => "OPT"u8,
        43 => "DS"u8,
        46 => "RRSIG"u8,
        47 => "NSEC"u8,
        48 => "DNSKEY"u8,
        64 => "SVCB"u8,
        65 => "HTTPS"u8,
        255 => "ANY"u8,
        _ => default,
    };

    private static ReadOnlySpan<byte> ResultName(int code) => code switch
    {
        1 => "format error"u8,
        2 => "server failure"u8,
        3 => "no such name"u8,
        4 => "not implemented"u8,
        5 => "refused"u8,
        _ => "error"u8,
    };

    private static void WriteStrings(LineBuffer line, ReadOnlySpan<byte> data)
    {
        for (bool first = true; data.Length > 0 && 1 + data[0] <= data.Length; data = data[(1 + data[0])..])
        {
            line.Text(first ? "\""u8 : " \""u8).Printable(data.Slice(1, data[0])).Text("\""u8);
            first = false;
        }
    }

    private static void WriteType(LineBuffer line, int type)
    {
        ReadOnlySpan<byte> name = TypeName(type);
        if (name.IsEmpty)
        {
            line.Text("TYPE"u8).Number(type);
        }
        else
        {
            line.Text(name);
        }
    }

    private static bool IsPort(ushort port) => port is 53 or 5353 or 5355;
}
