using System.Buffers.Binary;
using System.Text;

namespace NetTools.OptBench.Protocol;

/// <summary>The server's only message before the job itself: 64 bytes, numbers in network order.</summary>
/// <param name="Status">Whether the job begins.</param>
/// <param name="Errno">The error number behind <see cref="JobStatus.OptionRefused"/>, else 0.</param>
/// <param name="MaximumBytes">What the server would move at most.</param>
/// <param name="MaximumMs">How long the server would run at most, milliseconds.</param>
internal sealed record JobAnswer(JobStatus Status, int Errno, long MaximumBytes, int MaximumMs)
{
    public const int Size = 64;
    private const uint Magic = 0x4f505441; // OPTA
    private const int EffectiveAt = 24;
    private const int CongestionAt = EffectiveAt + (JobRequest.MaximumOptions * 4);
    private const int JobAt = CongestionAt + JobRequest.CongestionBytes;

    /// <summary>
    /// The options of the request as the kernel reads them back, in the same order; -1 for those not asked for.
    /// </summary>
    public int[] Effective { get; init; } = [-1, -1, -1, -1];

    /// <summary>The congestion control in effect at the server's end.</summary>
    public string Congestion { get; init; } = "";

    /// <summary>The job's number, by which its client may ask about it.</summary>
    public ulong Job { get; init; }

    /// <summary>Writes the message.</summary>
    /// <param name="to"><see cref="Size"/> bytes.</param>
    public void Write(Span<byte> to)
    {
        to.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(to, Magic);
        to[4] = (byte)Status;
        BinaryPrimitives.WriteInt32BigEndian(to[8..], Errno);
        BinaryPrimitives.WriteInt64BigEndian(to[12..], MaximumBytes);
        BinaryPrimitives.WriteInt32BigEndian(to[20..], MaximumMs);
        for (int i = 0; i < JobRequest.MaximumOptions; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(to[(EffectiveAt + (i * 4))..], Effective[i]);
        }

        Encoding.ASCII.GetBytes(Congestion, to.Slice(CongestionAt, JobRequest.CongestionBytes));
        BinaryPrimitives.WriteUInt64BigEndian(to[JobAt..], Job);
    }

    /// <summary>Reads the message, or gives null for something an optbench server does not say.</summary>
    /// <param name="from"><see cref="Size"/> bytes from anybody.</param>
    public static JobAnswer? TryRead(ReadOnlySpan<byte> from)
    {
        if (from.Length != Size || BinaryPrimitives.ReadUInt32BigEndian(from) != Magic || !Enum.IsDefined((JobStatus)from[4])
            || JobRequest.ReadName(from.Slice(CongestionAt, JobRequest.CongestionBytes)) is not string congestion)
        {
            return null;
        }

        int[] effective = new int[JobRequest.MaximumOptions];
        for (int i = 0; i < effective.Length; i++)
        {
            effective[i] = BinaryPrimitives.ReadInt32BigEndian(from[(EffectiveAt + (i * 4))..]);
        }

        return new((JobStatus)from[4], BinaryPrimitives.ReadInt32BigEndian(from[8..]),
            BinaryPrimitives.ReadInt64BigEndian(from[12..]), BinaryPrimitives.ReadInt32BigEndian(from[20..]))
        {
            Effective = effective,
            Congestion = congestion,
            Job = BinaryPrimitives.ReadUInt64BigEndian(from[JobAt..]),
        };
    }
}
