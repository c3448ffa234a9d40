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
        LinkSettings settings = options.ToSettings();
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
        using Direction forth = new(settings, settings.Seed);
        using Direction back = new(settings, settings.Seed + 1);
        DelayLine line = new(a.FileDescriptor, b.FileDescriptor, forth, back);
        Announce(options, addressesA, addressesB);
        line.Run(stop.FileDescriptor);
        Summarise(options.Json, forth, back, line.Refused);
        return ExitCode.Success;
    }

    private static void Announce(LinkOptions options, InterfaceAddress[] a, InterfaceAddress[] b)
    {
        if (options.Json)
        {
            using JsonLines lines = new(Output.Standard);
            Utf8JsonWriter json = lines.Begin();
            json.WriteString("event", "up");
            json.WriteNumber("delay_ms", options.Delay);
            json.WriteNumber("pid", Environment.ProcessId);
            lines.End();
        }
        else
        {
            string rate = options.Rate is double mbit ? string.Create(CultureInfo.InvariantCulture, $"{mbit} Mbit/s")
                : "no rate limit";
            string jitter = options.Jitter > 0 ? string.Create(CultureInfo.InvariantCulture, $"+- {options.Jitter} ms ") : "";
            Output.Standard.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"link up: {options.NamespaceA} {string.Join(' ', a.AsEnumerable())} - {options.NamespaceB} "
                    + $"{string.Join(' ', b.AsEnumerable())}, ")
                + string.Create(CultureInfo.InvariantCulture,
                    $"{options.Delay} ms {jitter}each way, {rate}, {options.Loss} % loss")
                + (options.Reorder > 0 ? string.Create(CultureInfo.InvariantCulture, $", {options.Reorder} % overtake") : ""));
        }

        Output.Standard.Flush();
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
                $"{name.Replace('_', ' ')}: {direction.Packets} packets, {direction.Bytes} bytes; {direction.Lost} lost as "
                    + $"asked, {direction.Dropped} dropped by a full queue")
                + (direction.Reordered > 0 ? string.Create(CultureInfo.InvariantCulture, $", {direction.Reordered} let overtake")
                    : ""));
        }

        if (refused > 0)
        {
            Output.Standard.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{refused} refused by the receiving kernel"));
        }
    }
}
