using System.Buffers.Text;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>RESP, the protocol of Redis: the elements a segment holds, whole or cut.</summary>
internal sealed class Resp() : PayloadProtocol("RESP", "resp", "array_length", "string", "error", "integer", "bulk_string")
{
    private const int MostElements = 16;
    private const int LongestText = 64;
    private const int LongestValue = 512;

    /// <inheritdoc/>
    protected override bool Recognizes(ReadOnlySpan<byte> message, scoped in DecodedFrame frame)
    {
        RespReader reader = new(message);
        return reader.Next();
    }

    /// <inheritdoc/>
    protected override void Describe(LineBuffer line, ReadOnlySpan<byte> message, scoped in DecodedFrame frame, TextStyle style)
    {
        RespReader reader = new(message);
        int left = MostElements;
        while (reader.Next())
        {
            if (left-- == 0)
            {
                line.Text(" ..."u8);
                return;
            }

            if (reader.Type == '*')
            {
                line.Text(" ["u8).Number(reader.Number).Text("]"u8);
            }
            else
            {
                line.Text(" \""u8).Printable(reader.Value[..Math.Min(reader.Value.Length, LongestText)])
                    .Text(reader.Value.Length > LongestText ? "...\""u8 : "\""u8);
            }
        }
    }

    /// <inheritdoc/>
    protected override void Write(FieldWriter fields, ReadOnlySpan<byte> message, scoped in DecodedFrame frame)
    {
        WriteAll(fields, "array_length"u8, '*', message);
        WriteAll(fields, "string"u8, '+', message);
        WriteAll(fields, "error"u8, '-', message);
        WriteAll(fields, "integer"u8, ':', message);
        WriteAll(fields, "bulk_string"u8, '$', message);
    }

    private static void WriteAll(FieldWriter fields, ReadOnlySpan<byte> name, char type, ReadOnlySpan<byte> message)
    {
        RespReader reader = new(message);
        bool any = false;
        for (int left = MostElements; left > 0 && reader.Next(); left--)
        {
            if (reader.Type != type)
            {
                continue;
            }

            if (!any)
            {
                fields.BeginList(name);
                any = true;
            }

            if (type is '*' or ':')
            {
                fields.Number(default, reader.Number);
            }
            else
            {
                fields.Wire(default, reader.Value[..Math.Min(reader.Value.Length, LongestValue)]);
            }
        }

        if (any)
        {
            fields.EndList();
        }
    }

    /// <summary>The elements one by one, those of arrays too.</summary>
    private ref struct RespReader(ReadOnlySpan<byte> message)
    {
        private ReadOnlySpan<byte> _rest = message;

        /// <summary>The element's first byte.</summary>
        public byte Type { get; private set; }

        /// <summary>Its text.</summary>
        public ReadOnlySpan<byte> Value { get; private set; }

        /// <summary>The number in its first line.</summary>
        public long Number { get; private set; }

        public bool Next()
        {
            int end = _rest.IndexOf("\r\n"u8);
            if (end < 1 || _rest[0] is not ((byte)'+' or (byte)'-' or (byte)':' or (byte)'$' or (byte)'*'))
            {
                return false;
            }

            Type = _rest[0];
            Value = _rest[1..end];
            _rest = _rest[(end + 2)..];
            if (Type is (byte)'+' or (byte)'-')
            {
                return true;
            }

            if (!Utf8Parser.TryParse(Value, out long number, out int used) || used != Value.Length)
            {
                return false;
            }

            Number = number;
            if (Type == '$')
            {
                int length = (int)Math.Clamp(number, 0, _rest.Length);
                Value = _rest[..length];
                _rest = _rest[(number < 0 ? 0 : Math.Min(length + 2, _rest.Length))..];
            }

            return true;
        }
    }
}
