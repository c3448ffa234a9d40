using System.Text.Json;
using NetTools.Libc;
using NetTools.Os;
using NetTools.Terminal;

namespace NetTools.OptBench.Server;

/// <summary>optbench server: serves until a signal.</summary>
internal static class ServerCommand
{
    private const uint Nobody = 65534; // the kernel's overflow user, where there is no passwd(5)

    /// <summary>Runs to the end.</summary>
    public static int Run(ServerOptions options)
    {
        ReadySignal ready = new(options.ReadyDescriptor); // before this process opens a descriptor of its own
        ServerSettings settings = options.ToSettings();
        using JobServer server = new(settings);
        bool root = Linux.getuid() == 0 && Linux.geteuid() == 0;
        PidFile? early = root ? PidFile.Open(options.PidFile) : null; // /run is root's
        GiveUpPrivileges(options.User, root);
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

    /// <summary>Becomes the user that was named; root becomes the one who called sudo, or nobody. CAP_NET_ADMIN stays.</summary>
    private static void GiveUpPrivileges(string? name, bool root)
    {
        Arguments.Check(name is null || root, "--user is for root");
        int[] kept = [Linux.CAP_NET_ADMIN]; // for congestion controls that not everybody may choose
        Account? account = name == "root" || !root ? null
            : name is not null ? Account.Named(name)
            : Account.Invoking() ?? Account.FirstOf("nobody") ?? new Account("65534", Nobody, Nobody);
        try
        {
            if (account is not null)
            {
                Privileges.Become(account, kept);
                return;
            }
        }
        catch (LibcException failed) when (name is null)
        {
            // In a user namespace that knows no other user, root is an ordinary user outside.
            ErrorLine.Write($"{failed.Message}: going on as root with CAP_NET_ADMIN alone");
        }

        Privileges.DropAllBut(kept);
    }
}
