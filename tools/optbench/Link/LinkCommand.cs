using System.Globalization;
using System.Text.Json;
using NetTools.Libc;
using NetTools.Os;
using NetTools.Terminal;

namespace NetTools.OptBench.Link;

/// <summary>optbench link: makes the two ends, moves packets until it is told to stop, says what it carried.</summary>
internal static class LinkCommand
{
    private const int MostUrgent = -20;

    /// <summary>Runs to the end.</summary>
    public static int Run(LinkOptions options)
    {
        (LinkSettings aToB, LinkSettings bToA) = options.ToSettings();
        InterfaceAddress[] addressesA = InterfaceAddress.ParseList(options.AddressA);
        InterfaceAddress[] addressesB = InterfaceAddress.ParseList(options.AddressB);
        using NetworkNamespace namespaceA = NetworkNamespace.Open(options.NamespaceA);
        using NetworkNamespace namespaceB = NetworkNamespace.Open(options.NamespaceB);
        if (namespaceA.IsSameAs(namespaceB))
        {
            throw new OperationFailedException(
                "both ends are in one network namespace: packets would never leave it", "name two");
        }

        using TunDevice a = namespaceA.Inside(() => TunDevice.Create(options.Name, LinkSettings.Mtu, addressesA));
        using TunDevice b = namespaceB.Inside(() => TunDevice.Create(options.Name, LinkSettings.Mtu, addressesB));
        // A wire does not wait for other programs; where this is not allowed, it does its best.
        _ = Linux.setpriority(Linux.PRIO_PROCESS, 0, MostUrgent);
        // The default slack of 50 us would be a part of every packet's delay. Before the sandbox, which would refuse it.
        Errno.Check(Linux.prctl(Linux.PR_SET_TIMERSLACK, 1, 0, 0, 0), "setting the timer slack");
        Privileges.DropAll();
        Sandbox.Enter(Allowances.None, options.NoSandbox);

        using StopSignals stop = new();
        using Direction forth = new(aToB, aToB.Seed);
        using Direction back = new(bToA, bToA.Seed + 1);
        DelayLine line = new(a.FileDescriptor, b.FileDescriptor, forth, back);
        Announce(options, aToB, bToA, addressesA, addressesB);
        line.Run(stop.FileDescriptor);
        Summarise(options.Json, forth, back, line.Refused);
        return ExitCode.Success;
    }

    private static void Announce(LinkOptions options, LinkSettings aToB, LinkSettings bToA, InterfaceAddress[] a,
        InterfaceAddress[] b)
    {
        if (options.Json)
        {
            using JsonLines lines = new(Output.Standard);
            Utf8JsonWriter json = lines.Begin();
            json.WriteString("event", "up");
            json.WriteNumber("delay_ms", options.Delay);
            WriteRate(json, "rate_a_to_b_mbit_per_s", aToB);
            WriteRate(json, "rate_b_to_a_mbit_per_s", bToA);
            json.WriteNumber("loss_percent", Math.Round(100 * (aToB.Bursts?.ExpectedLoss ?? aToB.LossRate), 4));
            if (aToB.Bursts is BurstLoss burst)
            {
                json.WriteNumber("mean_burst_packets", Math.Round(burst.MeanBadPackets, 4));
            }

            json.WriteNumber("pid", Environment.ProcessId);
            lines.End();
        }
        else
        {
            string rate = aToB.BitsPerSecond == bToA.BitsPerSecond ? Rate(aToB)
                : $"{Rate(aToB)} from A to B, {Rate(bToA)} from B to A";
            string loss = aToB.Bursts is not BurstLoss bursts
                ? string.Create(CultureInfo.InvariantCulture, $"{options.Loss} % loss")
                : string.Create(CultureInfo.InvariantCulture,
                    $"{100 * bursts.ExpectedLoss:0.###} % loss in bursts of {bursts.MeanBadPackets:0.##} packets");
            string jitter = options.Jitter > 0 ? string.Create(CultureInfo.InvariantCulture, $"+- {options.Jitter} ms ") : "";
            Output.Standard.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"link up: {options.NamespaceA} {string.Join(' ', a.AsEnumerable())} - {options.NamespaceB} "
                    + $"{string.Join(' ', b.AsEnumerable())}, ")
                + string.Create(CultureInfo.InvariantCulture,
                    $"{options.Delay} ms {jitter}each way, {rate}, {loss}")
                + (options.Reorder > 0 ? string.Create(CultureInfo.InvariantCulture, $", {options.Reorder} % overtake") : ""));
        }

        Output.Standard.Flush();
    }

    private static string Rate(LinkSettings settings) => settings.BitsPerSecond == 0 ? "no rate limit"
        : string.Create(CultureInfo.InvariantCulture, $"{settings.BitsPerSecond / 1e6} Mbit/s");

    private static void WriteRate(Utf8JsonWriter json, string name, LinkSettings settings)
    {
        if (settings.BitsPerSecond > 0)
        {
            json.WriteNumber(name, settings.BitsPerSecond / 1e6);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static void Summarise(bool asJson, Direction forth, Direction back, long refused)
    {
        (string Name, Direction Direction)[] both = [("a_to_b", forth), ("b_to_a", back)];
        if (asJson)
        {
            using JsonLines lines = new(Output.Standard);
            Utf8JsonWriter json = lines.Begin();
            json.WriteString("event", "summary");
            foreach ((string name, Direction direction) in both)
            {
                json.WriteStartObject(name);
                json.WriteNumber("packets", direction.Packets);
                json.WriteNumber("bytes", direction.Bytes);
                json.WriteNumber("lost", direction.Lost);
                json.WriteNumber("lost_bursts", direction.LostBursts);
                json.WriteNumber("dropped", direction.Dropped);
                json.WriteNumber("reordered", direction.Reordered);
                json.WriteEndObject();
            }

            json.WriteNumber("refused", refused);
            lines.End();
            return;
        }

        foreach ((string name, Direction direction) in both)
        {
            Output.Standard.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{name.Replace('_', ' ')}: {Figures.PlainCount(direction.Packets, "packet")}, "
                    + $"{Figures.PlainCount(direction.Bytes, "byte")}; {direction.Lost} lost as "
                    + $"asked in {direction.LostBursts} bursts, {direction.Dropped} dropped by a full queue")
                + (direction.Reordered > 0 ? string.Create(CultureInfo.InvariantCulture, $", {direction.Reordered} let overtake")
                    : ""));
        }

        if (refused > 0)
        {
            Output.Standard.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{refused} refused by the receiving kernel"));
        }
    }
}
