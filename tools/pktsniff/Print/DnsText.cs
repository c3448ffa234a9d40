using System.Buffers.Binary;

namespace NetTools.PktSniff.Print;

/// <summary>DNS messages in a few words: the question, and the answers' data (RFC 1035). mDNS and LLMNR look the same.</summary>
internal static class DnsText
{
    private const int HeaderLength = 12;
    private const int MostAnswers = 8;
    private const int MostLabels = 128;
    private const ushort TypeA = 1;
    private const ushort TypeAaaa = 28;

    /// <summary>True for the ports DNS, mDNS and LLMNR use.</summary>
    public static bool IsPort(ushort port) => port is 53 or 5353 or 5355;

    /// <summary>Adds what the message says.</summary>
    public static void Write(LineBuffer line, ReadOnlySpan<byte> message)
    {
        if (message.Length < HeaderLength)
        {
            return;
        }

        int flags = Word(message, 2);
        int questions = Word(message, 4);
        int answers = Word(message, 6);
        bool response = (flags & 0x8000) != 0;
        line.Text(response ? ", DNS answer "u8 : ", DNS query "u8).Number(Word(message, 0));
        if (response && (flags & 15) is int code and not 0)
        {
            line.Text(" "u8).Text(code switch
            {
                1 => "format error"u8,
                2 => "server failure"u8,
                3 => "no such name"u8,
                4 => "not implemented"u8,
                5 => "refused"u8,
                _ => "error"u8,
            });
        }

        int at = HeaderLength;
        for (int i = 0; i < questions && i < MostAnswers && at + 5 <= message.Length; i++)
        {
            line.Text(i == 0 ? " "u8 : ", "u8);
            at = WriteName(line, message, at);
            if (at < 0 || at + 4 > message.Length)
            {
                return;
            }

            line.Text(" "u8);
            WriteType(line, Word(message, at));
            at += 4;
        }

        for (int i = 0; i < answers && i < MostAnswers; i++)
        {
            at = WriteAnswer(line, message, at, first: i == 0);
            if (at < 0)
            {
                return;
            }
        }

        if (answers > MostAnswers)
        {
            line.Text(", and "u8).Number(answers - MostAnswers).Text(" more"u8);
        }
    }

    private static int WriteAnswer(LineBuffer line, ReadOnlySpan<byte> message, int at, bool first)
    {
        at = SkipName(message, at);
        if (at < 0 || at + 10 > message.Length)
        {
            return -1;
        }

        int type = Word(message, at);
        int length = Word(message, at + 8);
        at += 10;
        if (at + length > message.Length)
        {
            return -1;
        }

        line.Text(first ? ": "u8 : ", "u8);
        WriteType(line, type);
        ReadOnlySpan<byte> data = message.Slice(at, length);
        if ((type == TypeA && length == 4) || (type == TypeAaaa && length == 16))
        {
            line.Text(" "u8).Address(data);
        }
        else if (type is 2 or 5 or 12)
        {
            line.Text(" "u8);
            _ = WriteName(line, message, at);
        }
        else if (type == 15 && length > 2)
        {
            line.Text(" "u8).Number(Word(message, at)).Text(" "u8);
            _ = WriteName(line, message, at + 2);
        }
        else
        {
            line.Text(" ("u8).Number(length).Text(" bytes)"u8);
        }

        return at + length;
    }

    /// <summary>Adds a name; compression pointers must lead backwards, so that it ends.</summary>
    /// <returns>Where the message goes on, or -1 when the name is broken.</returns>
    private static int WriteName(LineBuffer line, ReadOnlySpan<byte> message, int at)
    {
        int end = SkipName(message, at);
        int floor = at;
        for (int labels = 0; labels < MostLabels; labels++)
        {
            if ((uint)at >= (uint)message.Length)
            {
                return -1;
            }

            int length = message[at];
            if (length == 0)
            {
                line.Text(labels == 0 ? "."u8 : default);
                return end;
            }

            if (length >= 0xc0)
            {
                int target = at + 1 < message.Length ? (length & 0x3f) << 8 | message[at + 1] : message.Length;
                if (target >= floor)
                {
                    line.Text("<loop>"u8);
                    return -1;
                }

                at = floor = target;
                labels--; // a pointer is no label; it led backwards, so this ends
                continue;
            }

            if (length > 63 || at + 1 + length > message.Length)
            {
                return -1;
            }

            line.Escaped(message.Slice(at + 1, length)).Text("."u8);
            at += 1 + length;
        }

        return -1;
    }

    private static int SkipName(ReadOnlySpan<byte> message, int at)
    {
        while ((uint)at < (uint)message.Length)
        {
            int length = message[at];
            if (length == 0)
            {
                return at + 1;
            }

            if (length >= 0xc0)
            {
                return at + 2;
            }

            at += 1 + length;
        }

        return -1;
    }

    private static void WriteType(LineBuffer line, int type)
    {
        ReadOnlySpan<byte> name = type switch
        {
            TypeA => "A"u8,
            2 => "NS"u8,
            5 => "CNAME"u8,
            6 => "SOA"u8,
            12 => "PTR"u8,
            15 => "MX"u8,
            16 => "TXT"u8,
            TypeAaaa => "AAAA"u8,
            33 => "SRV"u8,
            35 => "NAPTR"u8,
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
        if (name.IsEmpty)
        {
            line.Text("TYPE"u8).Number(type);
        }
        else
        {
            line.Text(name);
        }
    }

    private static int Word(ReadOnlySpan<byte> message, int at) => BinaryPrimitives.ReadUInt16BigEndian(message[at..]);
}
