using System.Buffers.Binary;
using NetTools.Libc;
using NetTools.Os;
using NetTools.Packets;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.RawPing.Check;

/// <summary>An ICMP message that the program sent.</summary>
/// <param name="Nanoseconds">When, CLOCK_MONOTONIC.</param>
/// <param name="Message">The message, header and data.</param>
/// <param name="RoundTripMs">How long its right answer took, or null when it got none.</param>
internal sealed record SentRequest(long Nanoseconds, byte[] Message, double? RoundTripMs)
{
    /// <summary>How long its right answer took, set when that has left.</summary>
    public double? RoundTripMs { get; set; } = RoundTripMs;

    /// <summary>The identifier as it stands.</summary>
    public ushort Identifier => BinaryPrimitives.ReadUInt16BigEndian(Message.AsSpan(4));

    /// <summary>The sequence number as it stands.</summary>
    public ushort Sequence => BinaryPrimitives.ReadUInt16BigEndian(Message.AsSpan(6));
}

/// <summary>
/// One run of the program in a network of its own, in which every address answers, and what came of it.
/// </summary>
internal sealed unsafe class PingRun
{
    private const int QuietMs = 4000;
    private const int MostMs = 20_000;
    private const int SoonMs = 30;
    private const int DueMs = 120;
    private const int MaximumPacket = 2048;

    private readonly Misbehaviour _kind;
    private readonly List<SentRequest> _requests = [];
    private readonly List<(long Due, byte[] Packet, SentRequest? Answers)> _due = [];

    private PingRun(Misbehaviour kind) => _kind = kind;

    /// <summary>What the program sent.</summary>
    public IReadOnlyList<SentRequest> Requests => _requests;

    /// <summary>What it printed.</summary>
    public string Text { get; private set; } = "";

    /// <summary>How it ended, or null when it did not.</summary>
    public int? ExitStatus { get; private set; }

    /// <summary>How long the whole took, seconds.</summary>
    public double Seconds { get; private set; }

    /// <summary>Runs the program once for each kind, all at the same time: each run has a network of its own.</summary>
    /// <exception cref="OperationFailedException">No network can be made, or there is no such program.</exception>
    public static Dictionary<Misbehaviour, PingRun> Start(IReadOnlyList<string> command, IReadOnlyList<Misbehaviour> kinds)
    {
        PingRun[] runs = [.. kinds.Select(kind => new PingRun(kind))];
        OperationFailedException? failure = null;
        Thread[] threads = [.. runs.Select(run => new Thread(() =>
        {
            try
            {
                run.Watch(command);
            }
            catch (OperationFailedException e)
            {
                failure = e;
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        return failure is null ? runs.ToDictionary(run => run._kind)
            : throw new OperationFailedException(failure.Message, failure.Hint);
    }

    private static double Milliseconds(long from) => (Clock.Nanoseconds - from) / 1e6;

    private void Watch(IReadOnlyList<string> command)
    {
        using VirtualWire wire = VirtualWire.Create("ping0", ethernet: false, "10.66.0.1");
        using ChildProgram program = ChildProgram.Start(command);
        byte[] packet = new byte[MaximumPacket];
        pollfd* ready = stackalloc pollfd[2];
        long begun = Clock.Nanoseconds;
        long last = begun;
        while (program.ExitStatus is null && Milliseconds(last) < QuietMs && Milliseconds(begun) < MostMs)
        {
            ready[0] = new() { fd = wire.FileDescriptor, events = POLLIN };
            ready[1] = new() { fd = program.FileDescriptor, events = POLLIN };
            long next = _due.Count > 0 ? _due.Min(one => one.Due) - Clock.Nanoseconds : 10_000_000;
            _ = Linux.poll(ready, 2, (int)Math.Clamp(next / 1_000_000, 0, 10));
            for (int length = wire.Read(packet); length > 0; length = wire.Read(packet))
            {
                last = Take(packet.AsSpan(0, length)) ? Clock.Nanoseconds : last;
            }

            if (!program.Read() && (ready[1].revents & POLLHUP) != 0)
            {
                Thread.Sleep(1); // it has closed its output and still runs
            }

            Answer(wire);
        }

        program.AwaitEnd(50);
        ExitStatus = program.ExitStatus;
        Text = program.Text;
        Seconds = Milliseconds(begun) / 1000;
    }

    /// <summary>Looks at a packet that the program, or the kernel for it, sent.</summary>
    /// <returns>True when it was one of the program's messages.</returns>
    private bool Take(ReadOnlySpan<byte> packet)
    {
        if (!IPv4Header.TryRead(packet, out IPv4Header ip) || ip.Protocol != (int)IPPROTO_ICMP
            || packet.Length < ip.HeaderLength + IcmpHeader.Length)
        {
            return false;
        }

        byte[] message = packet[ip.HeaderLength..Math.Min(packet.Length, ip.TotalLength)].ToArray();
        if (_kind == Misbehaviour.OwnRequest && message[0] == IcmpType.EchoReply)
        {
            return false; // the kernel answers the request that we sent back
        }

        SentRequest request = new(Clock.Nanoseconds, message, null);
        _requests.Add(request);
        Plan(request, ip.Source, ip.Destination);
        return true;
    }

    private void Plan(SentRequest request, ReadOnlySpan<byte> program, ReadOnlySpan<byte> host)
    {
        int number = _requests.Count - 1;
        byte[] other = [9, 9, 9, 9];
        byte[] right = Echo(request.Message, host, program, options: _kind == Misbehaviour.Options);
        ReadOnlySpan<int> delays = [60, 120, 400, 140, 80];
        int due = _kind == Misbehaviour.None ? delays[Math.Min(number, 4)] : DueMs;
        byte[]? first = _kind switch
        {
            Misbehaviour.WrongIdentifier => Echo(request.Message, host, program, identifier: 0x5a5a),
            Misbehaviour.WrongSequence => Echo(request.Message, host, program, sequence: 0x3c3c),
            Misbehaviour.ForeignReply => Echo(request.Message, other, program, identifier: 0x5a5a),
            Misbehaviour.OwnRequest => Echo(request.Message, host, program, type: IcmpType.EchoRequest),
            Misbehaviour.WrongSource => Echo(request.Message, other, program),
            Misbehaviour.BadChecksum => Damaged(right),
            Misbehaviour.Short => Echo(request.Message.AsSpan(0, 4), host, program),
            _ => null,
        };
        if (first is not null)
        {
            _due.Add((request.Nanoseconds + (SoonMs * 1_000_000L), first, null));
        }

        if (_kind == Misbehaviour.Loss && number == 2)
        {
            return;
        }

        due = _kind == Misbehaviour.Late && number == 1 ? 1500 : due;
        _due.Add((request.Nanoseconds + (due * 1_000_000L), right, request));
        if (_kind == Misbehaviour.Duplicate)
        {
            _due.Add((request.Nanoseconds + ((due + 150) * 1_000_000L), right, null));
        }
    }

    private void Answer(VirtualWire wire)
    {
        foreach ((long due, byte[] packet, SentRequest? answers) in _due.OrderBy(one => one.Due).ToArray())
        {
            if (due > Clock.Nanoseconds)
            {
                return;
            }

            // Before it leaves: we may lose the CPU meanwhile, and the program cannot have seen it sooner.
            if (answers is not null)
            {
                answers.RoundTripMs = Milliseconds(answers.Nanoseconds);
            }

            _ = wire.Write(packet);

            _due.Remove((due, packet, answers));
        }
    }

    /// <summary>The packet that answers a message, or almost.</summary>
    private static byte[] Echo(
        ReadOnlySpan<byte> message, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to, byte type = IcmpType.EchoReply,
        int identifier = 0, int sequence = 0, bool options = false)
    {
        IPv4Fields header = new()
        {
            TotalLength = IPv4Header.MinimumLength + (options ? 8 : 0) + message.Length,
            TimeToLive = 57,
            Protocol = (byte)(int)IPPROTO_ICMP,
            Source = from,
            Destination = to,
            Options = options ? [1, 1, 1, 1, 1, 1, 1, 0] : [],
        };
        byte[] packet = new byte[header.TotalLength];
        Span<byte> reply = packet.AsSpan(IPv4Header.Write(packet, header));
        message.CopyTo(reply);
        reply[0] = type;
        if (reply.Length >= IcmpHeader.Length)
        {
            BinaryPrimitives.WriteUInt16BigEndian(
                reply[4..], (ushort)(BinaryPrimitives.ReadUInt16BigEndian(reply[4..]) ^ identifier));
            BinaryPrimitives.WriteUInt16BigEndian(
                reply[6..], (ushort)(BinaryPrimitives.ReadUInt16BigEndian(reply[6..]) ^ sequence));
        }

        reply[2..4].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(reply[2..], InternetChecksum.Compute(reply));
        return packet;
    }

    private static byte[] Damaged(byte[] right)
    {
        byte[] packet = [.. right];
        packet[IPv4Header.MinimumLength + 2] ^= 0x40;
        return packet;
    }
}
