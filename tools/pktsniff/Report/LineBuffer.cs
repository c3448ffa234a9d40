using System.Buffers.Binary;
using System.Buffers.Text;
using NetTools.PktSniff.Protocols;
using NetTools.Terminal;

namespace NetTools.PktSniff.Report;

/// <summary>A line of text being made: bounded, and what does not fit is left out. Allocates nothing.</summary>
/// <param name="colors">Whether <see cref="Ink"/> does anything.</param>
internal sealed class LineBuffer(bool colors = false)
{
    private const int Capacity = 16 * 1024;
    private const int Reserve = 16;

    private readonly byte[] _bytes = new byte[Capacity];
    private int _used;

    private static ReadOnlySpan<byte> Plain => "\x1b[0m"u8;

    /// <summary>The line so far.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _used);

    /// <summary>Changes the colour of what follows.</summary>
    public LineBuffer Ink(Ink ink) => !colors ? this : Text(ink switch
    {
        Report.Ink.Faint => "\x1b[2m"u8,
        Report.Ink.Address => "\x1b[36m"u8,
        Report.Ink.Name => "\x1b[1;32m"u8,
        Report.Ink.Alarm => "\x1b[1;31m"u8,
        _ => Plain,
    });

    /// <summary>Adds text that is known to be harmless to a terminal.</summary>
    public LineBuffer Text(ReadOnlySpan<byte> text)
    {
        if (text.Length <= Capacity - _used)
        {
            text.CopyTo(_bytes.AsSpan(_used));
            _used += text.Length;
        }

        return this;
    }

    /// <summary>Adds a number.</summary>
    public LineBuffer Number(long value)
    {
        if (Utf8Formatter.TryFormat(value, _bytes.AsSpan(_used), out int written))
        {
            _used += written;
        }

        return this;
    }

    /// <summary>Adds a number of 64 bits without a sign.</summary>
    public LineBuffer Unsigned(ulong value)
    {
        if (Utf8Formatter.TryFormat(value, _bytes.AsSpan(_used), out int written))
        {
            _used += written;
        }

        return this;
    }

    /// <summary>Adds a number with leading blanks.</summary>
    public LineBuffer Number(long value, int width)
    {
        for (long least = 10; width > 1; width--, least *= 10)
        {
            Text(value < least ? " "u8 : default);
        }

        return Number(value);
    }

    /// <summary>Adds a number with leading zeros.</summary>
    public LineBuffer Padded(uint value, int digits)
    {
        if (digits > Capacity - _used)
        {
            return this;
        }

        for (int i = digits - 1; i >= 0; i--)
        {
            _bytes[_used + i] = (byte)('0' + value % 10);
            value /= 10;
        }

        _used += digits;
        return this;
    }

    /// <summary>Adds a number as hexadecimal digits.</summary>
    public LineBuffer Hex(uint value, int digits)
    {
        if (digits > Capacity - _used)
        {
            return this;
        }

        for (int i = digits - 1; i >= 0; i--)
        {
            _bytes[_used + i] = HexDigit((int)value & 15);
            value >>= 4;
        }

        _used += digits;
        return this;
    }

    /// <summary>Adds bytes as hexadecimal digits.</summary>
    public LineBuffer HexBytes(ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            Hex(value, 2);
        }

        return this;
    }

    /// <summary>
    /// Adds a part of a name from the wire: what could move a terminal, or pass for something else, becomes <c>\ddd</c>.
    /// </summary>
    public LineBuffer Label(ReadOnlySpan<byte> text)
    {
        foreach (byte value in text)
        {
            if (value is > 0x20 and < 0x7f and not ((byte)'\\' or (byte)'.'))
            {
                Text(new ReadOnlySpan<byte>(in value));
            }
            else
            {
                Text("\\"u8).Padded(value, 3);
            }
        }

        return this;
    }

    /// <summary>Adds text from the wire in which blanks may stand; what could move a terminal becomes <c>\ddd</c>.</summary>
    public LineBuffer Printable(ReadOnlySpan<byte> text)
    {
        foreach (byte value in text)
        {
            if (value is >= 0x20 and < 0x7f and not (byte)'\\')
            {
                Text(new ReadOnlySpan<byte>(in value));
            }
            else
            {
                Text("\\"u8).Padded(value, 3);
            }
        }

        return this;
    }

    /// <summary>Adds the name of a protocol in its colour.</summary>
    public LineBuffer Name(ReadOnlySpan<byte> name) => Ink(Report.Ink.Name).Text(name).Ink(Report.Ink.Plain);

    /// <summary>Adds the name of an IP protocol, or its number.</summary>
    public LineBuffer Protocol(byte protocol)
    {
        ReadOnlySpan<byte> name = FrameText.Protocol(protocol);
        return name.IsEmpty ? Text("protocol "u8).Number(protocol) : Text(name);
    }

    /// <summary>Adds a link-layer address: <c>02:00:5e:10:00:01</c>.</summary>
    public LineBuffer Mac(ReadOnlySpan<byte> address)
    {
        for (int i = 0; i < address.Length; i++)
        {
            if (i > 0)
            {
                Text(":"u8);
            }

            Hex(address[i], 2);
        }

        return this;
    }

    /// <summary>Adds an IPv4 or IPv6 address.</summary>
    /// <param name="address">4 or 16 bytes.</param>
    public LineBuffer Address(ReadOnlySpan<byte> address)
    {
        if (address.Length == 4)
        {
            return Number(address[0]).Text("."u8).Number(address[1]).Text("."u8).Number(address[2]).Text("."u8)
                .Number(address[3]);
        }

        return address.Length == 16 ? IPv6(address) : this;
    }

    /// <summary>Empties the buffer.</summary>
    public void Clear() => _used = 0;

    /// <summary>Ends the line, hands it over, and begins the next.</summary>
    public void End(Output output)
    {
        output.Write(Bytes);
        output.Write(colors && _used > Capacity - Reserve ? Plain : default); // what ends a colour may have found no room
        output.EndLine();
        _used = 0;
    }

    /// <summary>The address as RFC 5952 writes it: lower case, the longest run of zero groups as <c>::</c>.</summary>
    private LineBuffer IPv6(ReadOnlySpan<byte> address)
    {
        int bestStart = -1;
        int bestLength = 1; // a single zero group is not shortened
        for (int i = 0; i < 8; i++)
        {
            int length = 0;
            while (i + length < 8 && Group(address, i + length) == 0)
            {
                length++;
            }

            if (length > bestLength)
            {
                (bestStart, bestLength) = (i, length);
            }

            i += length;
        }

        if (bestStart == 0 && bestLength == 5 && Group(address, 5) == 0xffff)
        {
            return Text("::ffff:"u8).Address(address[12..]);
        }

        for (int i = 0; i < 8; i++)
        {
            if (i == bestStart)
            {
                Text("::"u8);
                i += bestLength - 1;
                continue;
            }

            if (i > 0 && i != bestStart + bestLength)
            {
                Text(":"u8);
            }

            uint group = Group(address, i);
            Hex(group, group >= 0x1000 ? 4 : group >= 0x100 ? 3 : group >= 0x10 ? 2 : 1);
        }

        return this;
    }

    private static uint Group(ReadOnlySpan<byte> address, int index) =>
        BinaryPrimitives.ReadUInt16BigEndian(address[(2 * index)..]);

    private static byte HexDigit(int value) => (byte)(value < 10 ? '0' + value : 'a' + value - 10);
}

/// <summary>Colours of a line.</summary>
internal enum Ink
{
    /// <summary>The terminal's own.</summary>
    Plain,

    /// <summary>What is seldom looked at.</summary>
    Faint,

    /// <summary>Addresses and ports.</summary>
    Address,

    /// <summary>The protocol.</summary>
    Name,

    /// <summary>What is wrong.</summary>
    Alarm,
}
