using System.Buffers.Binary;
using System.Text;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>DNS, mDNS and LLMNR: RFC 1035, RFC 6762, RFC 4795. Header, questions, answers with their data.</summary>
/// <param name="name">Which of them.</param>
/// <param name="port">Its port.</param>
internal sealed class Dns(string name, ushort port) : Protocol
{
    private const int MostRecords = 8;

    // A frame may claim thousands, each with a name that points at a long one.
    private const int MostFieldRecords = 32;

    private const int TcpPrefix = 2;
    private const ushort UnicastPort = 53;

    private readonly byte[] _name = Encoding.ASCII.GetBytes(name);

    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    /// <remarks>All three fill the same object.</remarks>
    public override string[] FieldNames => port != UnicastPort ? [] :
    [
        "dns.id", "dns.flags", "dns.response", "dns.operation", "dns.operation_name", "dns.authoritative",
        "dns.truncated", "dns.recursion_desired", "dns.recursion_available", "dns.authentic_data", "dns.checking_disabled",
        "dns.response_code", "dns.extended_response_code", "dns.response_code_name", "dns.edns.version", "dns.edns.udp_size",
        "dns.edns.dnssec_ok", "dns.question_count", "dns.answer_count",
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

        DnsExtension extension = DnsExtension.Find(message);
        line.Text(", "u8).Text(_name).Text(" "u8).Text(OperationName(message.Operation, message.IsResponse)).Text(" "u8)
            .Number(message.Id);
        int code = message.ResponseCode | extension.UpperCode << 4;
        if (message.IsResponse && code != 0)
        {
            ReadOnlySpan<byte> result = ResultName(code);
            line.Text(" "u8).Text(result.IsEmpty ? "error "u8 : result);
            if (result.IsEmpty)
            {
                line.Number(code);
            }
        }

        WriteRecords(line, message);
        WriteFlags(line, message);
        if (message.IsResponse || message.AnswerCount + message.AuthorityCount + message.AdditionalCount > 0)
        {
            line.Text(", counts "u8).Number(message.AnswerCount).Text("/"u8).Number(message.AuthorityCount).Text("/"u8)
                .Number(message.AdditionalCount);
        }

        if (extension.IsHere)
        {
            line.Text(", EDNS"u8).Text(extension.Version == 0 ? default : " version "u8);
            if (extension.Version != 0)
            {
                line.Number(extension.Version);
            }

            line.Text(" udp "u8).Number(extension.Size).Text(extension.DnssecOk ? " DO"u8 : default);
        }

        return true;
    }

    /// <summary>The questions and the answers' data.</summary>
    private static void WriteRecords(LineBuffer line, DnsMessage message)
    {
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
        fields.Name("operation_name"u8, OperationName(message.Operation, message.IsResponse));
        fields.Flag("authoritative"u8, (message.Flags & 0x400) != 0);
        fields.Flag("truncated"u8, (message.Flags & 0x200) != 0);
        fields.Flag("recursion_desired"u8, (message.Flags & 0x100) != 0);
        fields.Flag("recursion_available"u8, (message.Flags & 0x80) != 0);
        fields.Flag("authentic_data"u8, (message.Flags & 0x20) != 0);
        fields.Flag("checking_disabled"u8, (message.Flags & 0x10) != 0);
        DnsExtension extension = DnsExtension.Find(message);
        int code = message.ResponseCode | extension.UpperCode << 4;
        fields.Number("response_code"u8, message.ResponseCode);
        fields.Number("extended_response_code"u8, code);
        fields.Name("response_code_name"u8, message.IsResponse ? code == 0 ? "no error"u8 : ResultName(code) : default);
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

        if (extension.IsHere)
        {
            fields.Begin("edns"u8);
            fields.Number("version"u8, extension.Version);
            fields.Number("udp_size"u8, extension.Size);
            fields.Flag("dnssec_ok"u8, extension.DnssecOk);
            fields.End();
        }

        fields.End();
        return true;
    }

    /// <summary>The name of a result: RFC 6895 2.3; empty when there is none here.</summary>
    private static ReadOnlySpan<byte> ResultName(int code) => code switch
    {
        1 => "format error"u8,
        2 => "server failure"u8,
        3 => "no such name"u8,
        4 => "not implemented"u8,
        5 => "refused"u8,
        6 => "YXDOMAIN"u8,
        7 => "YXRRSET"u8,
        8 => "NXRRSET"u8,
        9 => "NOTAUTH"u8,
        10 => "NOTZONE"u8,
        11 => "DSOTYPENI"u8,
        16 => "BADVERS"u8,
        17 => "BADKEY"u8,
        18 => "BADTIME"u8,
        19 => "BADMODE"u8,
        20 => "BADNAME"u8,
        21 => "BADALG"u8,
        22 => "BADTRUNC"u8,
        23 => "BADCOOKIE"u8,
        _ => default,
    };

    /// <summary>What kind of message: RFC 6895 2.2.</summary>
    private static ReadOnlySpan<byte> OperationName(int operation, bool isResponse) => (operation, isResponse) switch
    {
        (0, false) => "query"u8,
        (0, true) => "answer"u8,
        (1, false) => "inverse query"u8,
        (1, true) => "inverse answer"u8,
        (2, false) => "status"u8,
        (2, true) => "status answer"u8,
        (4, false) => "notify"u8,
        (4, true) => "notify answer"u8,
        (5, false) => "update"u8,
        (5, true) => "update answer"u8,
        (6, false) => "stateful operation"u8,
        (6, true) => "stateful answer"u8,
        (_, false) => "message of unknown operation"u8,
        _ => "answer of unknown operation"u8,
    };

    private static void WriteFlags(LineBuffer line, DnsMessage message)
    {
        int flags = message.Flags & 0x7b0;
        if (flags == 0)
        {
            return;
        }

        bool first = true;
        line.Text(", flags ["u8);
        Add("AA"u8, 0x400);
        Add("TC"u8, 0x200);
        Add("RD"u8, 0x100);
        Add("RA"u8, 0x80);
        Add("AD"u8, 0x20);
        Add("CD"u8, 0x10);
        line.Text("]"u8);

        void Add(ReadOnlySpan<byte> name, int bit)
        {
            if ((flags & bit) != 0)
            {
                line.Text(first ? default : " "u8).Text(name);
                first = false;
            }
        }
    }

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
                line.Number(BinaryPrimitives.ReadUInt16BigEndian(data)).Text(" "u8)
                    .Number(BinaryPrimitives.ReadUInt16BigEndian(data[2..]))
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

    /// <summary>The message in a frame from or to the port: over UDP, or over TCP when a segment begins with it.</summary>
    private bool TryFind(scoped in DecodedFrame frame, out DnsMessage message)
    {
        message = default;
        if (!frame.Has(FrameLayers.Ports) || (frame.SourcePort != port && frame.DestinationPort != port))
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

    private static bool WriteQuestions(FieldWriter fields, DnsMessage message, ref int at)
    {
        int count = 0;
        fields.BeginList("questions"u8);
        while (count < message.QuestionCount && count < MostFieldRecords
            && message.TryReadQuestion(ref at, out DnsRecord question))
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
        for (int i = 0; i < message.AnswerCount && i < MostFieldRecords
            && message.TryReadRecord(ref at, out DnsRecord record); i++)
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
