namespace NetTools.PktSniff.Protocols;

/// <summary>The elements of ASN.1's basic encoding one by one: X.690 8.1. One that is cut off ends the list.</summary>
/// <param name="bytes">Elements, of which the end may be missing.</param>
internal ref struct BerReader(ReadOnlySpan<byte> bytes)
{
    public const byte Integer = 2;
    public const byte OctetString = 4;
    public const byte ObjectIdentifier = 6;
    public const byte Sequence = 0x30;

    private const int LongestLength = 4;

    private ByteReader _rest = new(bytes);

    /// <summary>The element's first byte; tags of several bytes are not read.</summary>
    public byte Tag { get; private set; }

    /// <summary>What is here of its contents.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Goes to the next element.</summary>
    /// <returns>False when there is none.</returns>
    public bool Next()
    {
        if (!_rest.Has(2))
        {
            return false;
        }

        Tag = _rest.U8();
        long length = _rest.U8();
        if (length > 0x80)
        {
            int bytes = (int)length & 0x7f;
            if (bytes > LongestLength)
            {
                return false;
            }

            for (length = 0; bytes > 0; bytes--)
            {
                length = length << 8 | _rest.U8();
            }
        }
        else if (length == 0x80)
        {
            return false; // of indefinite length
        }

        Value = _rest.Take(length);
        return !_rest.IsCut || !Value.IsEmpty;
    }

    /// <summary>Goes to the next element, which must have a tag.</summary>
    public bool Next(byte tag) => Next() && Tag == tag;

    /// <summary>The value as an integer without a sign, of its last 8 bytes.</summary>
    public readonly ulong Unsigned
    {
        get
        {
            ulong number = 0;
            foreach (byte one in Value)
            {
                number = number << 8 | one;
            }

            return number;
        }
    }

    /// <summary>The value as a signed integer, of its last 8 bytes.</summary>
    public readonly long Number
    {
        get
        {
            long number = Value.IsEmpty ? 0 : (sbyte)Value[0] >> 7;
            foreach (byte one in Value)
            {
                number = number << 8 | one;
            }

            return number;
        }
    }
}
