using NetTools.RawPing.Kernel;
using NetTools.RawPing.Ping;
using NetTools.RawPing.Report;
using NetTools.Terminal;

namespace NetTools.RawPing.PathMtu;

/// <summary>Runs <c>--pmtu</c>.</summary>
internal static class PathMtuCommand
{
    /// <returns>0 when the path MTU was found; 1 when the host does not answer, or a signal came first.</returns>
    public static int Run(PingSettings settings, RawSockets sockets, Output output, PingOptions options)
    {
        RunHead head = new("pmtu");
        PathMtuResult result = PathMtuSearch.Run(settings, sockets);
        if (options.Json || options.JsonLines)
        {
            string socket = Results.TargetResult.NameOf(sockets.AreDatagram(settings.Targets[0].Address.IsV6));
            PathMtuReport.WriteJson(output, head, settings.Targets[0], socket, result, options.JsonLines);
        }
        else
        {
            PathMtuReport.WriteText(output, settings.Targets[0], result);
        }

        return result.Mtu is null ? ExitCode.Negative : ExitCode.Success;
    }
}
