using System.Text.Json;
using NetTools.Libc;
using NetTools.Os;
using NetTools.Terminal;

namespace NetTools.OptBench.Server;

/// <summary>optbench server: listens until it is told to stop.</summary>
internal static class ServerCommand
{
    /// <summary>Runs to the end.</summary>
    public static int Run(ServerOptions options)
    {
        ServerSettings settings = options.ToSettings();
        using JobServer server = new(settings);
        Privileges.DropAllBut([Linux.CAP_NET_ADMIN]); // for congestion controls that not everybody may choose
        Sandbox.Enter(Allowances.Sockets, options.NoSandbox);
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
        server.Run(stop.FileDescriptor);
        return ExitCode.Success;
    }
}
