using System.Buffers.Binary;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>DNS, mDNS and LLMNR: RFC 1035. Header, questions, answers with their data.</summary>
internal sealed class Dns : Protocol
{
    private const int MostRecords = 8;

    // A frame may claim thousands, each with a name that points at a long one.
    private const int MostFieldRecords = 32;

    private const int TcpPrefix = 2;

    /// <inheritdoc/>
    public override string Name => "DNS";

    /// <inheritdoc/>
    public override string[] FieldNames =>
    [
        "dns.id", "dns.flags", "dns.response", "dns.operation", "dns.response_code", "dns.question_count", "dns.answer_count",
        "dns.authority_count", "dns.additional_count", "dns.questions.name", "dns.questions.type", "dns.questions.type_name",
        "dns.questions.class", "dns.answers.name", "dns.answers.type", "dns.answers.type_name", "dns.answers.class",
        "dns.answers.ttl_s", "dns.answers.data",
    ];

    /// <inheritdoc/>
    public override bool IsIn(scoped in DecodedFrame frame) => TryFind(frame, out _);

    /// <inheritdoc/>
    public override bool WriteText(LineBuffer line, scoped in DecodedFrame frame, TextStyle style)
    {
        if (!TryFind(frame, out DnsMessage message))
        {
            return false;
        }

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
                return true;
            }

            line.Text(i == 0 ? " "u8 : ", "u8);
            if (!WriteName(line, message.Bytes, question.NameAt))
            {
                return true;
            }

            WriteType(line.Text(" "u8), question.Type);
        }

        if (message.QuestionCount > MostRecords)
        {
            return true; // the answers begin behind all of them
        }

        for (int i = 0; i < message.AnswerCount && i < MostRecords; i++)
        {
            if (!message.TryReadRecord(ref at, out DnsRecord record))
            {
                return true;
            }

            WriteType(line.Text(i == 0 ? ": "u8 : ", "u8), record.Type);
            WriteData(line.Text(" "u8), message.Bytes, record);
        }

        if (message.AnswerCount > MostRecords)
        {
            line.Text(", and "u8).Number(message.AnswerCount - MostRecords).Text(" more"u8);
        }

        return true;
    }

    /// <inheritdoc/>
    public override bool WriteFields(FieldWriter fields, scoped in DecodedFrame frame)
    {
        if (!TryFind(frame, out DnsMessage message))
        {
            return false;
        }

        fields.Begin("dns"u8);
        fields.Number("id"u8, message.Id);
        fields.Number("flags"u8, message.Flags);
        fields.Flag("response"u8, message.IsResponse);
        fields.Number("operation"u8, message.Operation);
        fields.Number("response_code"u8, message.ResponseCode);
        fields.Number("question_count"u8, message.QuestionCount);
        fields.Number("answer_count"u8, message.AnswerCount);
        fields.Number("authority_count"u8, message.AuthorityCount);
        fields.Number("additional_count"u8, message.AdditionalCount);
        int at = DnsMessage.HeaderLength;
        bool whole = WriteQuestions(fields, message, ref at);
        if (whole && message.AnswerCount > 0)
        {
            WriteAnswers(fields, message, ref at);
        }

        fields.End();
        return true;
    }

    private static ReadOnlySpan<byte> ResultName(int code) => code switch
    {
        1 => "format error"u8,
        2 => "server failure"u8,
        3 => "no such name"u8,
        4 => "not implemented"u8,
        5 => "refused"u8,
        _ => "error"u8,
    };

    /// <summary>The name of a record type; empty when there is none here.</summary>
    private static ReadOnlySpan<byte> TypeName(int type) => type switch
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

    /// <summary>Adds a name as RFC 1035 5.1 writes it.</summary>
    /// <returns>False when the name is broken; what was added then ends where it breaks.</returns>
    private static bool WriteName(LineBuffer line, ReadOnlySpan<byte> message, int at)
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
    private static void WriteData(LineBuffer line, ReadOnlySpan<byte> message, in DnsRecord record)
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

    /// <summary>The message in a frame of DNS, mDNS or LLMNR: over UDP, or over TCP when a segment begins with it.</summary>
    private static bool TryFind(scoped in DecodedFrame frame, out DnsMessage message)
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

    private static bool IsPort(ushort port) => port is 53 or 5353 or 5355;

    private static bool WriteQuestions(FieldWriter fields, DnsMessage message, ref int at)
    {
        int count = 0;
        fields.BeginList("questions"u8);
        while (count < message.QuestionCount && count < MostFieldRecords && message.TryReadQuestion(ref at, out DnsRecord question))
        {
            fields.Begin(default);
            WriteNameAndType(fields, message, question);
            fields.End();
            count++;
        }

        fields.EndList();
        return count == message.QuestionCount;
    }

    private static void WriteAnswers(FieldWriter fields, DnsMessage message, ref int at)
    {
        fields.BeginList("answers"u8);
        for (int i = 0; i < message.AnswerCount && i < MostFieldRecords && message.TryReadRecord(ref at, out DnsRecord record); i++)
        {
            fields.Begin(default);
            WriteNameAndType(fields, message, record);
            fields.Number("ttl_s"u8, record.TimeToLive);
            LineBuffer data = fields.Fresh();
            WriteData(data, message.Bytes, record);
            fields.Text("data"u8, data.Bytes);
            fields.End();
        }

        fields.EndList();
    }

    private static void WriteNameAndType(FieldWriter fields, DnsMessage message, in DnsRecord record)
    {
        LineBuffer name = fields.Fresh();
        WriteName(name, message.Bytes, record.NameAt);
        fields.Text("name"u8, name.Bytes);
        fields.Number("type"u8, record.Type);
        fields.Name("type_name"u8, TypeName(record.Type));
        fields.Number("class"u8, record.Class);
    }
}
