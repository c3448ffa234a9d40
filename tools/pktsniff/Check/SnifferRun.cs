using NetTools.Os;
using Tmds.Linux;

namespace NetTools.PktSniff.Check;

/// <summary>One run of the program on an interface of its own, and what came of it.</summary>
internal sealed class SnifferRun
{
    private const int MarkerNumber = 0x31;
    private const int StartMs = 5000;
    private const int PrintMs = 3000;
    private const int Mtu = 9200;

    private SnifferRun()
    {
    }

    /// <summary>Why nothing could be sent to it, or null.</summary>
    public string? NotReady { get; private set; }

    /// <summary>What it printed of the known frames.</summary>
    public string Text { get; private set; } = "";

    /// <summary>Whether the interface was promiscuous while it ran.</summary>
    public bool Promiscuous { get; private set; }

    /// <summary>Whether it still was afterwards.</summary>
    public bool StillPromiscuous { get; private set; }

    /// <summary>After each kind of odd frame: null when the program printed a last frame, else what happened.</summary>
    public Dictionary<string, string?> Survived { get; } = [];

    /// <summary>How long the whole took, seconds.</summary>
    public double Seconds { get; private set; }

    /// <summary>Runs the program.</summary>
    /// <param name="command">Its name and arguments.</param>
    /// <param name="device">What to call the interface.</param>
    /// <param name="burst">Frames of the burst; 0 for none.</param>
    /// <exception cref="OperationFailedException">No network can be made, or there is no such program.</exception>
    public static SnifferRun Start(IReadOnlyList<string> command, string device, int burst)
    {
        SnifferRun run = new();
        OperationFailedException? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                run.Watch(command, device, burst);
            }
            catch (OperationFailedException e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        return failure is null ? run : throw new OperationFailedException(failure.Message, failure.Hint);
    }

    private static double Milliseconds(long from) => (Clock.Nanoseconds - from) / 1e6;

    private void Watch(IReadOnlyList<string> command, string device, int burst)
    {
        long begun = Clock.Nanoseconds;
        using VirtualWire wire = VirtualWire.Create(device, ethernet: true, "10.66.0.1", Mtu);
        using RouteSocket route = new();
        using (ChildProgram program = ChildProgram.Start(command))
        {
            NotReady = AwaitPacketSocket(program);
            if (NotReady is not null)
            {
                return;
            }

            foreach (KnownFrame frame in KnownFrame.All)
            {
                _ = wire.Write(frame.Bytes);
                Thread.Sleep(2);
            }

            int marker = MarkerNumber;
            Survived["known"] = Await(program, wire, KnownFrame.Marker(marker++));
            Text = program.Text;
            Promiscuous = program.ExitStatus is null && route.Promiscuity(wire.Index) > 0;
            foreach (string kind in (string[])["vlan", "short", "malformed", "jumbo"])
            {
                foreach (byte[] frame in KnownFrame.Odd(kind))
                {
                    _ = wire.Write(frame);
                }

                Survived[kind] = Await(program, wire, KnownFrame.Marker(marker++));
            }

            program.Keep = false;
            byte[] one = KnownFrame.All[5].Bytes;
            for (int i = 0; i < burst && program.ExitStatus is null; i++)
            {
                _ = wire.Write(one);
                if (i % 64 == 0)
                {
                    program.Read();
                }
            }

            while (program.Read())
            {
                Thread.Sleep(20); // it prints what it has taken
            }

            program.Keep = true;
            Survived["burst"] = Await(program, wire, KnownFrame.Marker(marker));
            program.Signal(LibC.SIGINT);
            if (!program.AwaitEnd(1000))
            {
                program.Signal(LibC.SIGTERM);
                program.AwaitEnd(500);
            }
        }

        StillPromiscuous = route.Promiscuity(wire.Index) > 0;
        Seconds = Milliseconds(begun) / 1000;
    }

    /// <summary>Waits until the program listens: a packet socket that is in use.</summary>
    private static string? AwaitPacketSocket(ChildProgram program)
    {
        long begun = Clock.Nanoseconds;
        while (Milliseconds(begun) < StartMs)
        {
            program.Read();
            if (program.ExitStatus is int code)
            {
                string[] lines =
                    program.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
                string line = lines.LastOrDefault("");
                return line.Length == 0 ? $"it ended with {code}"
                    : $"it ended with {code} and printed last: {line[..Math.Min(line.Length, 100)]}";
            }

            // sk, references, type, protocol, interface, whether it receives
            if (File.ReadLines("/proc/thread-self/net/packet").Skip(1)
                .Any(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, _, _, not "0000", _, "1", ..]))
            {
                Thread.Sleep(300); // it may bind, and ask for promiscuous mode, after that
                return null;
            }

            Thread.Sleep(10);
        }

        return "it opened no packet socket within 5 s";
    }

    /// <summary>Sends a last frame until it is printed.</summary>
    private static string? Await(ChildProgram program, VirtualWire wire, KnownFrame frame)
    {
        long begun = Clock.Nanoseconds;
        int sent = 0;
        while (Milliseconds(begun) < PrintMs)
        {
            if (Milliseconds(begun) >= sent * 500)
            {
                sent++;
                _ = wire.Write(frame.Bytes);
            }

            program.AwaitEnd(20);
            if (PrintedBlocks.Has(program.Text, frame.Source))
            {
                return null;
            }

            if (program.ExitStatus is int code)
            {
                return code > 128 ? $"it was ended by signal {code - 128}" : $"it ended with {code}";
            }
        }

        return "it printed nothing more";
    }
}
