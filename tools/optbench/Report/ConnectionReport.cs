using System.Globalization;
using NetTools.OptBench.Results;
using NetTools.Sockets;
using NetTools.Terminal;

namespace NetTools.OptBench.Report;

/// <summary>What TCP itself says of each arm, before and after, and what the bytes cost in CPU time.</summary>
internal static class ConnectionReport
{
    private const double BytesPerKB = 1000;

    /// <summary>Writes a table of each, where there is something to say.</summary>
    public static void Write(Output output, IReadOnlyList<ArmResult> arms)
    {
        if (arms.Any(arm => arm.Sender is not null))
        {
            WriteTcp(output, arms);
        }

        if (arms.Any(arm => arm.Cost is not null))
        {
            WriteCost(output, arms);
        }
    }

    private static void WriteTcp(Output output, IReadOnlyList<ArmResult> arms)
    {
        string[] controls = [.. arms.Where(arm => arm.Sender is not null && arm.Congestion is not null)
            .Select(arm => arm.Congestion!).Distinct()];
        Table table = new("TCP_INFO, sender", "rtt us", "cwnd", "resent", "MB/s", "scale");
        foreach (ArmResult arm in arms)
        {
            if (arm.Sender is (TcpInfo before, TcpInfo after))
            {
                table.Add(arm.Name, Change(before.RttUs, after.RttUs), Change(before.Cwnd, after.Cwnd),
                    Text(arm.Cost?.Retransmits ?? after.Retransmits), Numbers.Show(after.DeliveryRate / 1e6),
                    Text(after.SendWindowScale));
            }
        }

        output.WriteLine();
        table.Write(output);
        output.WriteLine($"before > after; scale: of the window it may "
            + $"fill{(controls.Length == 1 ? $"; congestion control {controls[0]}" : "")}");
        if (controls.Length > 1)
        {
            output.WriteLine($"congestion control {string.Join(", ", controls)}");
        }
    }

    private static void WriteCost(Output output, IReadOnlyList<ArmResult> arms)
    {
        Table table = new("CPU time, ns per kB", "this end", "far end", "both");
        foreach (ArmResult arm in arms)
        {
            if (arm.Cost is CpuCost cost)
            {
                table.Add(arm.Name, Cost(cost.NearNsPerByte), Cost(cost.FarNsPerByte),
                    Cost(cost.NearNsPerByte + cost.FarNsPerByte));
            }
        }

        output.WriteLine();
        table.Write(output);
    }

    private static string Cost(double? nsPerByte) => nsPerByte is double ns ? Numbers.Show(ns * BytesPerKB) : "-";

    private static string Change(long before, long after) => $"{Text(before)} > {Text(after)}";

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
