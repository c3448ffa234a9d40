using System.Buffers.Binary;

namespace NetTools.PktSniff.Protocols;

/// <summary>A DNS message over bytes from anywhere: RFC 1035 4. mDNS and LLMNR look the same.</summary>
public readonly ref struct DnsMessage
{
    /// <summary>The bytes before the first question.</summary>
    public const int HeaderLength = 12;

    private DnsMessage(ReadOnlySpan<byte> bytes) => Bytes = bytes;

    /// <summary>The whole message: names point back into it.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>Reads the header.</summary>
    /// <returns>False when there are fewer than 12 bytes.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out DnsMessage message)
    {
        bool good = bytes.Length >= HeaderLength;
        message = good ? new DnsMessage(bytes) : default;
        return good;
    }

    /// <summary>Chosen by the one who asks.</summary>
    public ushort Id => Word(0);

    /// <summary>The 16 bits of flags, operation and result.</summary>
    public ushort Flags => Word(2);

    /// <summary>True for answers.</summary>
    public bool IsResponse => (Flags & 0x8000) != 0;

    /// <summary>0 is a standard query.</summary>
    public int Operation => Flags >> 11 & 15;

    /// <summary>0 is success, 3 no such name.</summary>
    public int ResponseCode => Flags & 15;

    /// <summary>Questions as the header says.</summary>
    public int QuestionCount => Word(4);

    /// <summary>Answers as the header says.</summary>
    public int AnswerCount => Word(6);

    /// <summary>Authority records as the header says.</summary>
    public int AuthorityCount => Word(8);

    /// <summary>Additional records as the header says.</summary>
    public int AdditionalCount => Word(10);

    /// <summary>Reads a question.</summary>
    /// <param name="at">Where it begins, <see cref="HeaderLength"/> for the first; then where the message goes on.</param>
    /// <param name="question">Name, type and class; the rest is empty.</param>
    /// <returns>False when it is not here in full.</returns>
    public bool TryReadQuestion(ref int at, out DnsRecord question)
    {
        question = default;
        int name = at;
        int end = SkipName(at);
        if (end < 0 || end + 4 > Bytes.Length)
        {
            return false;
        }

        question = new DnsRecord { NameAt = name, Type = Word(end), Class = Word(end + 2) };
        at = end + 4;
        return true;
    }

    /// <summary>Reads a resource record.</summary>
    /// <param name="at">Where it begins; then where the message goes on.</param>
    /// <param name="record">The record.</param>
    /// <returns>False when it is not here in full.</returns>
    public bool TryReadRecord(ref int at, out DnsRecord record)
    {
        record = default;
        int name = at;
        int end = SkipName(at);
        if (end < 0 || end + 10 > Bytes.Length)
        {
            return false;
        }

        int length = Word(end + 8);
        int data = end + 10;
        if (data + length > Bytes.Length)
        {
            return false;
        }

        record = new DnsRecord
        {
            NameAt = name,
            Type = Word(end),
            Class = Word(end + 2),
            TimeToLive = BinaryPrimitives.ReadUInt32BigEndian(Bytes[(end + 4)..]),
            DataAt = data,
            DataLength = length,
        };
        at = data + length;
        return true;
    }

    private int SkipName(int at)
    {
        while ((uint)at < (uint)Bytes.Length)
        {
            int length = Bytes[at];
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

    private ushort Word(int at) => BinaryPrimitives.ReadUInt16BigEndian(Bytes[at..]);
}

/// <summary>A question or a resource record of a DNS message.</summary>
public readonly record struct DnsRecord
{
    /// <summary>Where in the message its name begins: see <see cref="DnsLabelReader"/>.</summary>
    public int NameAt { get; init; }

    /// <summary>A, NS, CNAME, ... by number.</summary>
    public ushort Type { get; init; }

    /// <summary>1 is the internet.</summary>
    public ushort Class { get; init; }

    /// <summary>Seconds it may be remembered.</summary>
    public uint TimeToLive { get; init; }

    /// <summary>Where in the message its data begin.</summary>
    public int DataAt { get; init; }

    /// <summary>Bytes of data, all of them here.</summary>
    public int DataLength { get; init; }
}

/// <summary>The labels of a name one by one. Compression pointers must lead backwards, so that every name ends.</summary>
/// <param name="message">The whole message.</param>
/// <param name="at">Where the name begins.</param>
public ref struct DnsLabelReader(ReadOnlySpan<byte> message, int at)
{
    private const int LongestName = 255;
    private const int LongestLabel = 63;

    private readonly ReadOnlySpan<byte> _message = message;
    private int _at = at;
    private int _floor = at;
    private int _read;

    /// <summary>The label's bytes as they stand.</summary>
    public ReadOnlySpan<byte> Label { get; private set; }

    /// <summary>True once a pointer did not lead backwards.</summary>
    public bool IsLoop { get; private set; }

    /// <summary>True once the name did not end as it should.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Goes to the next label.</summary>
    /// <returns>False at the end of the name, or when it is broken.</returns>
    public bool Next()
    {
        while (!IsBroken)
        {
            if ((uint)_at >= (uint)_message.Length)
            {
                break;
            }

            int length = _message[_at];
            if (length == 0)
            {
                return false;
            }

            if (length >= 0xc0)
            {
                int target = _at + 1 < _message.Length ? (length & 0x3f) << 8 | _message[_at + 1] : _message.Length;
                if (target >= _floor)
                {
                    IsLoop = true;
                    break;
                }

                _at = _floor = target;
                continue;
            }

            _read += 1 + length;
            if (length > LongestLabel || _at + 1 + length > _message.Length || _read > LongestName)
            {
                break;
            }

            Label = _message.Slice(_at + 1, length);
            _at += 1 + length;
            return true;
        }

        IsBroken = true;
        return false;
    }
}

/// <summary>The OPT record of a DNS message: EDNS, RFC 6891 6.1.</summary>
public readonly record struct DnsExtension
{
    private const int Opt = 41;
    private const int MostRecords = 256;

    /// <summary>True when the message has one; the rest is 0 without.</summary>
    public bool IsHere { get; private init; }

    /// <summary>The most bytes of a UDP datagram that its sender takes.</summary>
    public int Size { get; private init; }

    /// <summary>0 is the only version so far.</summary>
    public int Version { get; private init; }

    /// <summary>The upper eight bits of the result.</summary>
    public int UpperCode { get; private init; }

    /// <summary>DNSSEC records are wanted.</summary>
    public bool DnssecOk { get; private init; }

    /// <summary>Looks among the additional records, and passes over at most 256 records before.</summary>
    public static DnsExtension Find(DnsMessage message)
    {
        if (message.AdditionalCount == 0)
        {
            return default;
        }

        int at = DnsMessage.HeaderLength;
        int left = MostRecords;
        for (int i = 0; i < message.QuestionCount; i++)
        {
            if (left-- == 0 || !message.TryReadQuestion(ref at, out _))
            {
                return default;
            }
        }

        int others = message.AnswerCount + message.AuthorityCount;
        for (int i = 0; i < others + message.AdditionalCount; i++)
        {
            if (left-- == 0 || !message.TryReadRecord(ref at, out DnsRecord record))
            {
                return default;
            }

            if (i >= others && record.Type == Opt)
            {
                return new DnsExtension
                {
                    IsHere = true,
                    Size = record.Class,
                    UpperCode = (int)(record.TimeToLive >> 24),
                    Version = (int)(record.TimeToLive >> 16 & 0xff),
                    DnssecOk = (record.TimeToLive & 0x8000) != 0,
                };
            }
        }

        return default;
    }
}
