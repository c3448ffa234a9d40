using NetTools.EpollEcho.Report;
using NetTools.Os;
using NetTools.Terminal;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Send;

/// <summary><c>epollecho send</c>.</summary>
internal static class SendCommand
{
    /// <summary>Sends and says what was sent.</summary>
    /// <returns>The exit code: 1 when the kernel refused any, or a signal came first.</returns>
    public static int Run(SendSettings settings, bool json, bool noSandbox)
    {
        JsonHead head = new("send");
        using SignalDescriptor signals = new(SIGINT, SIGTERM, SIGHUP);
        using GroupSender sender = new(settings, signals);
        Privileges.DropAll();
        Sandbox.Enter(Allowances.None, noSandbox);
        SendResult result = sender.Run();
        SendReport.Write(Output.Standard, json, settings, result, head);
        return result.Good ? ExitCode.Success : ExitCode.Negative;
    }
}
