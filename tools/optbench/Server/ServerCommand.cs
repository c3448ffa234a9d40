using System.Text.Json;
using NetTools.Libc;
using NetTools.Os;
using NetTools.Terminal;

namespace NetTools.OptBench.Server;

/// <summary>optbench server: serves until a signal.</summary>
internal static class ServerCommand
{
    /// <summary>Runs to the end.</summary>
    public static int Run(ServerOptions options)
    {
        ReadySignal ready = new(options.ReadyDescriptor); // before this process opens a descriptor of its own
        ServerSettings settings = options.ToSettings();
        if (options.Cpu is int cpu)
        {
            CallingThread.PinTo(cpu); // its threads inherit it
        }

        using JobServer server = new(settings);
        bool root = Linux.getuid() == 0 && Linux.geteuid() == 0;
        using PidFile? early = root ? PidFile.Open(options.PidFile) : null; // /run is root's
        // for congestion controls that not everybody may choose
        ServiceUser.Become(options.User, root, "with CAP_NET_ADMIN alone", Linux.CAP_NET_ADMIN);
        using PidFile? pidFile = early ?? PidFile.Open(options.PidFile);
        Sandbox.Enter(Allowances.Sockets | (pidFile is null ? Allowances.None : Allowances.Removals), options.NoSandbox);
        using StopSignals stop = new();
        if (options.Json)
        {
            using JsonLines lines = new(Output.Standard);
            Utf8JsonWriter json = lines.Begin();
            json.WriteString("event", "listening");
            json.WriteString("address", server.Address.ToString());
            json.WriteNumber("pid", Environment.ProcessId);
            lines.End();
        }
        else
        {
            string scope = settings.Address is null ? " (this machine only: no token; see --token and --open)" : "";
            Output.Standard.WriteLine($"optbench server: listening on {string.Join(" and ", server.Addresses)}{scope}");
        }

        Output.Standard.Flush();
        ready.Send();
        server.Run(stop.FileDescriptor);
        return ExitCode.Success;
    }
}
