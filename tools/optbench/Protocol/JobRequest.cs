using System.Buffers.Binary;
using System.Text;
using NetTools.Sockets;

namespace NetTools.OptBench.Protocol;

/// <summary>
/// What a client asks for: 128 bytes, numbers in network order, followed by a <see cref="TokenProof"/>. Everything the server
/// does afterwards is bounded by it, and it by the server's own limits.
/// </summary>
/// <param name="Kind">What to do.</param>
/// <param name="RequestBytes">Echo: bytes to read before each reply, 1 to <see cref="MaximumMessage"/>.</param>
/// <param name="ReplyBytes">Echo: bytes of each reply, 1 to <see cref="MaximumMessage"/>.</param>
/// <param name="LimitBytes">Source and sink: bytes after which the server stops.</param>
/// <param name="LimitMs">Milliseconds after which the server stops.</param>
internal sealed record JobRequest(JobKind Kind, int RequestBytes, int ReplyBytes, long LimitBytes, int LimitMs)
{
    public const int Size = 128;
    public const int MaximumMessage = 65536;
    public const int MaximumOptions = 4;

    /// <summary>For jobs that the client ends: as long as a server allows by default.</summary>
    public const int LongestMs = 600_000;

    /// <summary>The same in bytes.</summary>
    public const long MostBytes = 100_000_000_000;
    public const int CongestionBytes = 16;
    private const uint Magic = 0x4f505442; // OPTB
    private const byte Version = 3;
    private const int OptionsAt = 32;
    private const int CongestionAt = OptionsAt + (MaximumOptions * 8);
    private const int JobAt = CongestionAt + CongestionBytes;

    /// <summary>The options a client may have set at the far end: those that are measured, and nothing else.</summary>
    private static readonly SocketOption[] s_allowed =
    [
        SocketOption.NoDelay, SocketOption.QuickAck, SocketOption.Cork, SocketOption.ReceiveBuffer, SocketOption.SendBuffer,
        SocketOption.DelayedAckMax, SocketOption.BusyPoll,
    ];

    /// <summary>Set TCP_QUICKACK again before each read: it does not stick.</summary>
    public bool RearmQuickAck { get; init; }

    /// <summary>Options for the server's end, at most <see cref="MaximumOptions"/>.</summary>
    public IReadOnlyList<OptionSetting> Options { get; init; } = [];

    /// <summary>Congestion control for the server's end; empty leaves what it has.</summary>
    public string Congestion { get; init; } = "";

    /// <summary>Inquire: the number of the job that is asked about.</summary>
    public ulong Job { get; init; }

    /// <summary>Writes the message.</summary>
    /// <param name="to"><see cref="Size"/> bytes.</param>
    public void Write(Span<byte> to)
    {
        to.Clear();
        WriteVersion(to);
        to[5] = (byte)Kind;
        to[6] = RearmQuickAck ? (byte)1 : (byte)0;
        to[7] = (byte)Options.Count;
        BinaryPrimitives.WriteInt32BigEndian(to[8..], RequestBytes);
        BinaryPrimitives.WriteInt32BigEndian(to[12..], ReplyBytes);
        BinaryPrimitives.WriteInt64BigEndian(to[16..], LimitBytes);
        BinaryPrimitives.WriteInt32BigEndian(to[24..], LimitMs);
        for (int i = 0; i < Options.Count; i++)
        {
            Span<byte> option = to[(OptionsAt + (i * 8))..];
            BinaryPrimitives.WriteInt32BigEndian(option, Array.IndexOf(s_allowed, Options[i].Option));
            BinaryPrimitives.WriteInt32BigEndian(option[4..], Options[i].Value);
        }

        Encoding.ASCII.GetBytes(Congestion, to.Slice(CongestionAt, CongestionBytes));
        BinaryPrimitives.WriteUInt64BigEndian(to[JobAt..], Job);
    }

    /// <summary>Reads and checks the message; nothing in it is trusted.</summary>
    /// <param name="from"><see cref="Size"/> bytes from anybody.</param>
    /// <param name="request">The request when the answer is <see cref="JobStatus.Accepted"/>.</param>
    public static JobStatus TryRead(ReadOnlySpan<byte> from, out JobRequest? request)
    {
        request = null;
        JobStatus version = from.Length == Size ? ReadVersion(from) : JobStatus.BadRequest;
        if (version != JobStatus.Accepted)
        {
            return version;
        }

        string? congestion = ReadName(from.Slice(CongestionAt, CongestionBytes));
        OptionSetting[]? options = ReadOptions(from);
        if (congestion is null || options is null)
        {
            return JobStatus.BadRequest;
        }

        JobRequest read = new((JobKind)from[5], BinaryPrimitives.ReadInt32BigEndian(from[8..]),
            BinaryPrimitives.ReadInt32BigEndian(from[12..]), BinaryPrimitives.ReadInt64BigEndian(from[16..]),
            BinaryPrimitives.ReadInt32BigEndian(from[24..]))
        {
            RearmQuickAck = (from[6] & 1) != 0,
            Congestion = congestion,
            Options = options,
            Job = BinaryPrimitives.ReadUInt64BigEndian(from[JobAt..]),
        };
        bool sound = Enum.IsDefined(read.Kind)
            && read.RequestBytes is >= 1 and <= MaximumMessage && read.ReplyBytes is >= 1 and <= MaximumMessage
            && read.LimitBytes >= 0 && read.LimitMs > 0;
        request = sound ? read : null;
        return sound ? JobStatus.Accepted : JobStatus.BadRequest;
    }

    /// <summary>Writes what every message from a client begins with.</summary>
    public static void WriteVersion(Span<byte> to)
    {
        BinaryPrimitives.WriteUInt32BigEndian(to, Magic);
        to[4] = Version;
    }

    /// <summary>Reads it: <see cref="JobStatus.Accepted"/>, or what is wrong with it.</summary>
    public static JobStatus ReadVersion(ReadOnlySpan<byte> from) =>
        BinaryPrimitives.ReadUInt32BigEndian(from) != Magic ? JobStatus.BadRequest
        : from[4] != Version ? JobStatus.WrongVersion : JobStatus.Accepted;

    private static OptionSetting[]? ReadOptions(ReadOnlySpan<byte> from)
    {
        int count = from[7];
        if (count > MaximumOptions)
        {
            return null;
        }

        var options = new OptionSetting[count];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> option = from[(OptionsAt + (i * 8))..];
            uint index = BinaryPrimitives.ReadUInt32BigEndian(option);
            if (index >= s_allowed.Length)
            {
                return null;
            }

            options[i] = new(s_allowed[index], BinaryPrimitives.ReadInt32BigEndian(option[4..]));
        }

        return options;
    }

    /// <summary>
    /// A padded name of letters, digits, underscores and dashes: what is printed later can be nothing else. Null for other bytes.
    /// </summary>
    public static string? ReadName(ReadOnlySpan<byte> padded)
    {
        string name = Encoding.ASCII.GetString(Unpad(padded));
        return name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-') ? name : null;
    }

    private static ReadOnlySpan<byte> Unpad(ReadOnlySpan<byte> padded)
    {
        int end = padded.IndexOf((byte)0);
        return end < 0 ? padded : padded[..end];
    }
}
