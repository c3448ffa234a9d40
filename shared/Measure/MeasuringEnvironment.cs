using System.Globalization;
using System.Text.Json;

namespace NetTools.Measure;

/// <summary>
/// What a measurement of this machine depends on, to be recorded with every result. What cannot be read (no /proc, no
/// /sys, another kernel) is null or empty, never an error.
/// </summary>
/// <param name="Kernel">The running kernel's release: <c>6.1.0-18-amd64</c>.</param>
/// <param name="Architecture">x64, arm64, ...</param>
/// <param name="Cpu">The processor's name.</param>
/// <param name="Cpus">Processors this process may run on.</param>
/// <param name="ClockSource">What the kernel tells time by: <c>tsc</c>, <c>kvm-clock</c>, ...</param>
/// <param name="CongestionControl">The default for TCP sockets.</param>
/// <param name="LoopbackMtu">The MTU of lo, bytes.</param>
/// <param name="ReceiveBuffer">net.ipv4.tcp_rmem.</param>
/// <param name="SendBuffer">net.ipv4.tcp_wmem.</param>
/// <param name="ReceiveBufferMax">net.core.rmem_max: the most SO_RCVBUF can ask for, bytes.</param>
/// <param name="SendBufferMax">net.core.wmem_max: the most SO_SNDBUF can ask for, bytes.</param>
public sealed record MeasuringEnvironment(
    string? Kernel, string Architecture, string? Cpu, int Cpus, string? ClockSource, string? CongestionControl, long? LoopbackMtu,
    BufferSizes? ReceiveBuffer, BufferSizes? SendBuffer, long? ReceiveBufferMax, long? SendBufferMax)
{
    /// <summary>Reads the facts of this machine, and of the network namespace the caller is in.</summary>
    public static MeasuringEnvironment Read() => new(
        Line("/proc/sys/kernel/osrelease"),
        System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant(),
        ReadCpuName(),
        Environment.ProcessorCount,
        Line("/sys/devices/system/clocksource/clocksource0/current_clocksource"),
        Line("/proc/sys/net/ipv4/tcp_congestion_control"),
        Number(Line("/sys/class/net/lo/mtu")),
        BufferSizes.Parse(Line("/proc/sys/net/ipv4/tcp_rmem")),
        BufferSizes.Parse(Line("/proc/sys/net/ipv4/tcp_wmem")),
        Number(Line("/proc/sys/net/core/rmem_max")),
        Number(Line("/proc/sys/net/core/wmem_max")));

    /// <summary>Writes the members of a JSON object that the caller has begun; unknown facts are null.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteString("kernel", Kernel);
        json.WriteString("architecture", Architecture);
        json.WriteString("cpu", Cpu);
        json.WriteNumber("cpus", Cpus);
        json.WriteString("clock_source", ClockSource);
        json.WriteString("congestion_control", CongestionControl);
        WriteNumber(json, "loopback_mtu_bytes", LoopbackMtu);
        WriteSizes(json, "tcp_rmem_bytes", ReceiveBuffer);
        WriteSizes(json, "tcp_wmem_bytes", SendBuffer);
        WriteNumber(json, "rmem_max_bytes", ReceiveBufferMax);
        WriteNumber(json, "wmem_max_bytes", SendBufferMax);
    }

    /// <summary>One line for people: kernel, processors, clock source, congestion control.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"Linux {Kernel ?? "?"} {Architecture}, {Cpus} CPUs ({Cpu ?? "unknown"}), clock {ClockSource ?? "?"}, "
        + $"default congestion control {CongestionControl ?? "?"}");

    private static void WriteNumber(Utf8JsonWriter json, string name, long? value)
    {
        if (value is long number)
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static void WriteSizes(Utf8JsonWriter json, string name, BufferSizes? sizes)
    {
        if (sizes is not BufferSizes s)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartArray(name);
        json.WriteNumberValue(s.Minimum);
        json.WriteNumberValue(s.Default);
        json.WriteNumberValue(s.Maximum);
        json.WriteEndArray();
    }

    private static long? Number(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;

    private static string? Line(string path)
    {
        try
        {
            return File.ReadLines(path).FirstOrDefault()?.Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? ReadCpuName()
    {
        try
        {
            string? line = File.ReadLines("/proc/cpuinfo")
                .FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal));
            return line?[(line.IndexOf(':') + 1)..].Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

/// <summary>The three numbers of tcp_rmem and tcp_wmem, tcp(7).</summary>
/// <param name="Minimum">Granted even when memory is short, bytes.</param>
/// <param name="Default">A new socket's, bytes.</param>
/// <param name="Maximum">The most that autotuning gives, bytes.</param>
public readonly record struct BufferSizes(long Minimum, long Default, long Maximum)
{
    /// <summary>Reads three numbers, or gives null.</summary>
    public static BufferSizes? Parse(string? line)
    {
        string[] words = line?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) ?? [];
        long[] numbers = [.. words.Select(
            w => long.TryParse(w, NumberStyles.None, CultureInfo.InvariantCulture, out long n) ? n : -1)];
        return numbers is [>= 0, >= 0, >= 0] ? new(numbers[0], numbers[1], numbers[2]) : null;
    }
}
