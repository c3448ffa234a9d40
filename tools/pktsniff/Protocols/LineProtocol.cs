using System.Text;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>
/// A protocol whose messages begin with a line: a command and its argument, or the result of one. The line is shown where a
/// payload begins with one; other payload on the protocol's port is named only.
/// </summary>
/// <param name="name">As in the text.</param>
/// <param name="member">The name of the object in JSON.</param>
/// <param name="syntax">How its lines look.</param>
internal sealed class LineProtocol(string name, string member, LineSyntax syntax)
    : PayloadProtocol(name, member, syntax.FieldNames)
{
    private const int LongestLine = 512;

    /// <summary>True for payload that begins with a line of the protocol.</summary>
    public override bool IsIn(scoped in DecodedFrame frame) => syntax.Recognizes(PayloadOf(frame));

    /// <inheritdoc/>
    protected override bool Recognizes(ReadOnlySpan<byte> message, scoped in DecodedFrame frame) => !message.IsEmpty;

    /// <inheritdoc/>
    protected override void Describe(LineBuffer line, ReadOnlySpan<byte> message, scoped in DecodedFrame frame, TextStyle style)
    {
        if (syntax.Recognizes(message))
        {
            ReadOnlySpan<byte> first = FirstLine(message);
            line.Text(": "u8).Printable(first[..Math.Min(first.Length, LongestLine)])
                .Text(first.Length > LongestLine ? "..."u8 : default);
        }
    }

    /// <inheritdoc/>
    protected override void Write(FieldWriter fields, ReadOnlySpan<byte> message, scoped in DecodedFrame frame)
    {
        if (!syntax.Recognizes(message))
        {
            fields.Flag("continuation"u8, true);
            return;
        }

        ReadOnlySpan<byte> first = FirstLine(message);
        syntax.Write(fields, first[..Math.Min(first.Length, LongestLine)]);
        if (syntax.Headers.Length > 0 && first.Length < message.Length)
        {
            WriteHeaders(fields, message[first.Length..]);
        }
    }

    private void WriteHeaders(FieldWriter fields, ReadOnlySpan<byte> lines)
    {
        const int most = 64;
        int seen = 0; // a member of an object must not come twice: the first counts
        for (int left = most; left > 0; left--)
        {
            int end = lines.IndexOf((byte)'\n');
            ReadOnlySpan<byte> header = end < 0 ? default : FirstLine(lines = lines[(end + 1)..]);
            int colon = header.IndexOf((byte)':');
            if (colon <= 0)
            {
                return;
            }

            for (int i = 0; i < syntax.Headers.Length; i++)
            {
                (byte[] typed, byte[] field) = syntax.Headers[i];
                if ((seen & 1 << i) == 0 && Ascii.EqualsIgnoreCase(header[..colon], typed))
                {
                    seen |= 1 << i;
                    ReadOnlySpan<byte> value = header[(colon + 1)..].Trim(" \t"u8);
                    fields.Wire(field, value[..Math.Min(value.Length, LongestLine)]);
                }
            }
        }
    }

    private static ReadOnlySpan<byte> FirstLine(ReadOnlySpan<byte> message)
    {
        int end = message.IndexOfAny((byte)'\r', (byte)'\n');
        return end < 0 ? message : message[..end];
    }
}
