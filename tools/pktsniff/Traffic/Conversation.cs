using System.Buffers.Binary;
using System.Text;
using NetTools.Os;
using NetTools.Packets;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Traffic;

/// <summary>Two ends that talk: addresses and ports of TCP and UDP, addresses of other IP, else link-layer addresses.</summary>
/// <remarks>The end that compares less is the first, so that both directions are one conversation.</remarks>
internal readonly record struct ConversationKey
{
    private const byte IPv4 = 4;
    private const byte IPv6 = 6;
    private const byte LinkLayer = 2;
    private const int MacLength = 6;

    /// <summary>4, 6, or 2 for link-layer addresses.</summary>
    public byte Version { get; private init; }

    /// <summary>IP's protocol number; 0 for link-layer addresses.</summary>
    public byte Protocol { get; private init; }

    private static readonly KeyedHash s_hash = new(Randomness.UInt64());

    private UInt128 First { get; init; }

    private UInt128 Second { get; init; }

    private ushort FirstPort { get; init; }

    private ushort SecondPort { get; init; }

    /// <summary>The conversation a frame belongs to.</summary>
    /// <param name="frame">A decoded frame.</param>
    /// <param name="key">The conversation.</param>
    /// <param name="forward">True when the frame goes from the first to the second end.</param>
    /// <returns>False when the frame has no addresses.</returns>
    public static bool TryRead(scoped in DecodedFrame frame, out ConversationKey key, out bool forward)
    {
        bool ports = frame.Has(FrameLayers.Ports);
        (byte version, UInt128 source, UInt128 destination) = frame.HasIP
            ? (frame.Has(FrameLayers.IPv4) ? IPv4 : IPv6, Read(frame.Source), Read(frame.Destination))
            : frame.Has(FrameLayers.Ethernet) ? (LinkLayer, Read(frame.Ethernet.Source), Read(frame.Ethernet.Destination))
            : ((byte)0, UInt128.Zero, UInt128.Zero);
        (ushort sourcePort, ushort destinationPort) = ports ? (frame.SourcePort, frame.DestinationPort) : ((ushort)0, (ushort)0);
        forward = source < destination || (source == destination && sourcePort <= destinationPort);
        key = new ConversationKey
        {
            Version = version,
            Protocol = version is IPv4 or IPv6 ? frame.Protocol : (byte)0,
            First = forward ? source : destination,
            Second = forward ? destination : source,
            FirstPort = forward ? sourcePort : destinationPort,
            SecondPort = forward ? destinationPort : sourcePort,
        };
        return version != 0;
    }

    /// <summary>A number in which all parts are mixed with a secret of the run.</summary>
    public ulong Hash()
    {
        // Each part is mixed in alone, after a secret: chosen addresses cannot cancel one another.
        ulong ends = s_hash.Of((ulong)First, (ulong)(First >> 64), (ulong)Second);
        return s_hash.Of(ends, (ulong)(Second >> 64), (ulong)FirstPort << 48 ^ (ulong)SecondPort << 32 ^ Protocol);
    }

    /// <summary>The first end and the second, with ports where there are any.</summary>
    public (string First, string Second) Ends() => (End(First, FirstPort), End(Second, SecondPort));

    private static UInt128 Read(ReadOnlySpan<byte> address)
    {
        Span<byte> padded = stackalloc byte[16];
        padded.Clear();
        address.CopyTo(padded[(padded.Length - address.Length)..]);
        return BinaryPrimitives.ReadUInt128BigEndian(padded);
    }

    private string End(UInt128 address, ushort port)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, address);
        LineBuffer text = new();
        if (Version == LinkLayer)
        {
            text.Mac(bytes[^MacLength..]);
        }
        else
        {
            text.Address(Version == IPv4 ? bytes[^4..] : bytes);
            if (Protocol is 6 or 17)
            {
                text.Text("."u8).Number(port);
            }
        }

        return Encoding.ASCII.GetString(text.Bytes);
    }
}

/// <summary>A conversation and what it moved.</summary>
internal struct Conversation
{
    /// <summary>Who talks.</summary>
    public ConversationKey Key;

    /// <summary>From the first end to the second.</summary>
    public Volume There;

    /// <summary>From the second end to the first.</summary>
    public Volume Back;

    /// <summary>Both ways, when the last interval began.</summary>
    public Volume Before;

    /// <summary>Time of the first frame, in seconds since 1970.</summary>
    public double Start;

    /// <summary>Time of the last frame.</summary>
    public double End;

    /// <summary>
    /// The first protocol that was found over TCP or UDP, as its place in the table counted from 1; 0 for none.
    /// </summary>
    public int Application;

    /// <summary>Both ways.</summary>
    public readonly Volume Total => There + Back;
}
