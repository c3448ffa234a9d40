using System.Globalization;
using System.Net;
using NetTools.Os;
using NetTools.Packets;

namespace NetTools.PktSniff.Traffic;

/// <summary>
/// The conversation that <c>--follow</c> names: by its number in <c>--streams</c>, or by protocol and both ends.
/// </summary>
internal sealed record StreamSelector
{
    private const byte Tcp = 6;
    private const byte Udp = 17;

    /// <summary>The number, or -1 when the ends are given.</summary>
    public int Number { get; private init; } = -1;

    private byte Protocol { get; init; }

    private byte[] First { get; init; } = [];

    private byte[] Second { get; init; } = [];

    private ushort FirstPort { get; init; }

    private ushort SecondPort { get; init; }

    /// <summary>Reads <c>N</c>, <c>tcp:A:P-B:P</c> or <c>udp:A:P-B:P</c>; an IPv6 address stands in brackets.</summary>
    /// <exception cref="OperationFailedException">It is none of these.</exception>
    public static StreamSelector Read(string text)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
        {
            return new StreamSelector { Number = number };
        }

        int colon = text.IndexOf(':');
        byte protocol = colon < 0 ? (byte)0 : text[..colon] switch { "tcp" => Tcp, "udp" => Udp, _ => (byte)0 };
        string[] ends = colon < 0 ? [] : text[(colon + 1)..].Split('-');
        return protocol != 0 && ends.Length == 2 && TryReadEnd(ends[0], out byte[] first, out ushort firstPort)
            && TryReadEnd(ends[1], out byte[] second, out ushort secondPort) && first.Length == second.Length
            ? new StreamSelector
            {
                Protocol = protocol,
                First = first,
                FirstPort = firstPort,
                Second = second,
                SecondPort = secondPort
            }
            : throw new OperationFailedException(
                $"--follow {text}: not a stream", "a number of --streams, or tcp:ADDRESS:PORT-ADDRESS:PORT; [ADDRESS] for IPv6");
    }

    /// <summary>True when a frame with TCP or UDP is of the stream.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="number">The number of its stream.</param>
    public bool Selects(scoped in DecodedFrame frame, int number)
    {
        if (Number >= 0)
        {
            return number == Number;
        }

        ReadOnlySpan<byte> source = frame.Source;
        ReadOnlySpan<byte> destination = frame.Destination;
        return frame.Protocol == Protocol
            && ((source.SequenceEqual(First) && destination.SequenceEqual(Second) && frame.SourcePort == FirstPort
                && frame.DestinationPort == SecondPort)
                || (source.SequenceEqual(Second) && destination.SequenceEqual(First) && frame.SourcePort == SecondPort
                    && frame.DestinationPort == FirstPort));
    }

    private static bool TryReadEnd(string text, out byte[] address, out ushort port)
    {
        address = [];
        port = 0;
        int colon = text.LastIndexOf(':');
        if (colon < 0 || !ushort.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out port)
            || !IPAddress.TryParse(text[..colon].Trim('[', ']'), out IPAddress? parsed))
        {
            return false;
        }

        address = parsed.GetAddressBytes();
        return true;
    }
}
