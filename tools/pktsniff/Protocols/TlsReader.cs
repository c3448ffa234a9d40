using System.Buffers.Binary;

namespace NetTools.PktSniff.Protocols;

/// <summary>
/// The messages of the TLS records in a segment that begins with one: RFC 8446 4, 5. A record that another segment continues is
/// read as far as it is here.
/// </summary>
/// <param name="segment">The payload of a segment.</param>
internal ref struct TlsReader(ReadOnlySpan<byte> segment)
{
    public const byte ChangeCipherSpec = 20;
    public const byte Alert = 21;
    public const byte Handshake = 22;
    public const byte ApplicationData = 23;
    public const byte Heartbeat = 24;

    private const int HeaderLength = 5;
    private const int HandshakeHeader = 4;
    private const int LongestRecord = (1 << 14) + 2048;

    private ReadOnlySpan<byte> _rest = segment;
    private ReadOnlySpan<byte> _record;

    /// <summary>Kind of record.</summary>
    public byte Type { get; private set; }

    /// <summary>The version in the record's header: 0x0303 for TLS 1.2 and 1.3.</summary>
    public ushort Version { get; private set; }

    /// <summary>Bytes of the record as its header says.</summary>
    public int Length { get; private set; }

    /// <summary>True for the first message of a record, whose header has just been read.</summary>
    public bool IsFirst { get; private set; }

    /// <summary>Type of a handshake message; -1 when it is encrypted or not one.</summary>
    public int Message { get; private set; }

    /// <summary>What is here of the message behind its header, or of the record.</summary>
    public ReadOnlySpan<byte> Body { get; private set; }

    /// <summary>True when the message goes on in another segment or was not captured whole.</summary>
    public bool IsPartial { get; private set; }

    /// <summary>Whether bytes may be the beginning of a record.</summary>
    public static bool IsRecord(ReadOnlySpan<byte> bytes) => bytes is [>= ChangeCipherSpec and <= Heartbeat, 3, <= 4, _, _, ..]
        && BinaryPrimitives.ReadUInt16BigEndian(bytes[3..]) is > 0 and <= LongestRecord;

    /// <summary>Goes to the next message.</summary>
    /// <returns>False when there is none, or what follows is not a record.</returns>
    public bool Next()
    {
        IsFirst = _record.IsEmpty;
        if (IsFirst)
        {
            if (!IsRecord(_rest))
            {
                return false;
            }

            Type = _rest[0];
            Version = BinaryPrimitives.ReadUInt16BigEndian(_rest[1..]);
            Length = BinaryPrimitives.ReadUInt16BigEndian(_rest[3..]);
            _record = _rest.Slice(HeaderLength, Math.Min(Length, _rest.Length - HeaderLength));
            _rest = _rest[(HeaderLength + _record.Length)..];
            IsPartial = _record.Length < Length;
        }

        Message = -1;
        Body = _record;
        _record = default;
        if (Type == Handshake && Body.Length >= HandshakeHeader && IsKnown(Body[0]))
        {
            int length = Body[1] << 16 | Body[2] << 8 | Body[3];
            if (!IsPartial && length > Body.Length - HandshakeHeader && Body[0] > 2)
            {
                return true; // random bytes: encrypted
            }

            Message = Body[0];
            int here = Math.Min(length, Body.Length - HandshakeHeader);
            _record = Body[(HandshakeHeader + here)..];
            Body = Body.Slice(HandshakeHeader, here);
            IsPartial |= here < length;
        }

        return true;
    }

    private static bool IsKnown(byte type) => type is 0 or 1 or 2 or 4 or 5 or 8 or (>= 11 and <= 16) or 20 or 22 or 24;
}

/// <summary>What a hello of TLS offers or chooses: RFC 8446 4.1.2, 4.1.3.</summary>
internal ref struct TlsHello
{
    private const int RandomLength = 32;
    private const int ServerName = 0;
    private const int Protocols = 16;
    private const int SupportedVersions = 43;
    private const int MostExtensions = 64;

    /// <summary>The version in the hello itself, which stays 0x0303 from TLS 1.3 on.</summary>
    public ushort Version;

    /// <summary>The offered cipher suites, two bytes each, or the chosen one.</summary>
    public ReadOnlySpan<byte> Ciphers;

    /// <summary>The name of the server asked for; empty when there is none.</summary>
    public ReadOnlySpan<byte> Name;

    /// <summary>Names of protocols, a byte with the length before each.</summary>
    public ReadOnlySpan<byte> Alpn;

    /// <summary>The versions offered or the one chosen, two bytes each.</summary>
    public ReadOnlySpan<byte> Versions;

    /// <summary>True when the hello ends before its end.</summary>
    public bool IsPartial;

    /// <summary>The version the hello chooses, or the highest it offers.</summary>
    public readonly ushort Best
    {
        get
        {
            ushort best = 0;
            for (ReadOnlySpan<byte> rest = Versions; rest.Length >= 2; rest = rest[2..])
            {
                ushort one = BinaryPrimitives.ReadUInt16BigEndian(rest);
                // The values 0x0a0a to 0xfafa are there to be ignored: RFC 8701.
                best = one is >= 0x300 and <= 0x304 && one > best ? one : best;
            }

            return best == 0 ? Version : best;
        }
    }

    /// <summary>Reads a hello, of which the end may be missing.</summary>
    public static TlsHello Read(ReadOnlySpan<byte> body, bool isServer, bool isPartial)
    {
        TlsHello hello = default;
        ByteReader reader = new(body);
        hello.Version = reader.U16();
        reader.Take(RandomLength);
        reader.Take(reader.U8());
        if (isServer)
        {
            hello.Ciphers = reader.Whole(2);
            reader.Take(1);
        }
        else
        {
            hello.Ciphers = reader.Take(reader.U16());
            reader.Take(reader.U8());
        }

        hello.IsPartial = isPartial || reader.IsCut;
        ByteReader extensions = new(reader.Take(reader.U16()));
        for (int left = MostExtensions; left > 0 && extensions.Has(4); left--)
        {
            int type = extensions.U16();
            ReadOnlySpan<byte> value = extensions.Take(extensions.U16());
            if (extensions.IsCut)
            {
                break; // half a name would pass for another
            }

            hello.Add(type, value, isServer);
        }

        return hello;
    }

    private void Add(int type, ReadOnlySpan<byte> value, bool isServer)
    {
        ByteReader reader = new(value);
        switch (type)
        {
            case ServerName when !isServer && Name.IsEmpty:
                reader.U16();
                if (reader.U8() == 0)
                {
                    Name = reader.Whole(reader.U16());
                }

                break;
            case Protocols when Alpn.IsEmpty:
                Alpn = reader.Take(reader.U16());
                break;
            case SupportedVersions when Versions.IsEmpty:
                Versions = isServer ? value : reader.Take(reader.U8());
                break;
        }
    }
}
