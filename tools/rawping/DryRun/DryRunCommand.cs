using NetTools.RawPing.Ping;
using NetTools.RawPing.Report;
using NetTools.RawPing.Wire;
using NetTools.Terminal;

namespace NetTools.RawPing.DryRun;

/// <summary>Runs <c>--dry-run</c>: prints the first request to each target; needs no socket and no privilege.</summary>
internal static class DryRunCommand
{
    public static int Run(PingSettings settings, Output output, bool json)
    {
        RunHead head = new("dry-run");
        foreach (Target target in settings.Targets)
        {
            byte[] packet = PacketDump.FirstRequest(settings, target);
            PacketField[] fields = [.. PacketDump.Fields(packet, settings, target.Address.IsV6)];
            if (json)
            {
                PacketReport.WriteJson(output, head, target, packet, fields);
            }
            else
            {
                PacketReport.WriteText(output, target, packet, fields);
            }
        }

        return ExitCode.Success;
    }
}
