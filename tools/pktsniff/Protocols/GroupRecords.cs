using System.Buffers.Binary;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>The group records of IGMPv3 and MLDv2 reports one by one: RFC 3376 4.2, RFC 3810 5.2.</summary>
/// <param name="records">The bytes behind the report's header.</param>
/// <param name="count">How many there are to be.</param>
/// <param name="addressLength">4 or 16.</param>
internal ref struct GroupRecords(ReadOnlySpan<byte> records, int count, int addressLength)
{
    private const int HeaderLength = 4;
    private const int Unit = 4;

    private ReadOnlySpan<byte> _rest = records;
    private int _left = count;

    /// <summary>1 to 6: see <see cref="Name"/>.</summary>
    public byte Type { get; private set; }

    /// <summary>The group's address.</summary>
    public ReadOnlySpan<byte> Group { get; private set; }

    /// <summary>Sources the record lists, as it says.</summary>
    public int Sources { get; private set; }

    /// <summary>The record's type in words.</summary>
    public readonly ReadOnlySpan<byte> Name => Type switch
    {
        1 => "include"u8,
        2 => "exclude"u8,
        3 => "to include"u8,
        4 => "to exclude"u8,
        5 => "allow"u8,
        6 => "block"u8,
        _ => "record"u8,
    };

    /// <summary>Goes to the next record.</summary>
    /// <returns>False when there is none.</returns>
    public bool Next()
    {
        if (_left-- <= 0 || _rest.Length < HeaderLength + addressLength)
        {
            return false;
        }

        Type = _rest[0];
        Sources = BinaryPrimitives.ReadUInt16BigEndian(_rest[2..]);
        Group = _rest.Slice(HeaderLength, addressLength);
        int length = HeaderLength + addressLength + _rest[1] * Unit + Sources * addressLength;
        _rest = _rest[Math.Min(length, _rest.Length)..];
        return true;
    }

    /// <summary>Writes the records as a list.</summary>
    public void Write(FieldWriter fields)
    {
        fields.BeginList("records"u8);
        while (Next())
        {
            fields.Begin(default);
            fields.Number("type"u8, Type);
            fields.Address("group"u8, Group);
            fields.Number("sources"u8, Sources);
            fields.End();
        }

        fields.EndList();
    }
}
