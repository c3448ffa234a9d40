using System.Net;
using CommandLine;
using NetTools.OptBench.Protocol;
using NetTools.OptBench.Run;
using NetTools.Os;
using NetTools.Sockets;
using NetTools.Terminal;

namespace NetTools.OptBench.Server;

/// <summary>What the user asked for: optbench server.</summary>
internal sealed class ServerOptions : BackgroundOptions
{
    [Option('p', "port", MetaValue = "PORT", Default = 5400, HelpText = "Port to listen on; 0 takes a free one.")]
    public int Port { get; set; }

    [Option("address", MetaValue = "ADDR",
        HelpText = "Address to listen on; default: every address with a token or --open, else loopback.")]
    public string? Address { get; set; }

    [Option("token", MetaValue = "TEXT", HelpText = "Serve only clients that know this secret; default: $OPTBENCH_TOKEN.")]
    public string? Token { get; set; }

    [Option("open", HelpText = "Serve everybody who can reach the port, without a token.")]
    public bool Open { get; set; }

    [Option("user", MetaValue = "NAME",
        HelpText = "User to become when started by root; default: the caller of sudo, else nobody.")]
    public string? User { get; set; }

    [Option("cpu", MetaValue = "N", HelpText = "CPU to run on; default: any.")]
    public int? Cpu { get; set; }

    [Option("json", HelpText = "Print the listening line as JSON.")]
    public bool Json { get; set; }

    public static HelpPage Help { get; } = new("optbench server", "the far end of optbench --server", ["[-p PORT] [options]"],
        [
            "optbench server                        serve this machine only",
            "OPTBENCH_TOKEN=s3cret optbench server  serve clients that know the secret",
            "optbench server --open                 serve everybody",
        ])
    {
        Notes =
        [
            "Without a token it listens on loopback only, unless --open. The token is proven\nby HMAC-SHA256 over fresh nonces "
                + "and never sent. A job moves at most 100 GB and\nruns at most 10 minutes; 64 jobs run at a time. Ends at "
                + "SIGINT or SIGTERM.",
        ],
    };

    /// <summary>The checked settings.</summary>
    public ServerSettings ToSettings()
    {
        RunOptions.Check(Port is >= 0 and <= 65535, "--port is 0 to 65535");
        RunOptions.Check(Cpu is null || CallingThread.AllowedCpus().Contains(Cpu.Value),
            $"--cpu {Cpu}: this program may use {string.Join(", ", CallingThread.AllowedCpus())}");
        string token = Tokens.Choose(Token);
        RunOptions.Check(token.Length == 0 || !Open, "--open and a token contradict each other");
        RunOptions.Check(token.Length > 0 || Open || Address is null
            || IPAddress.IsLoopback(Endpoint.Resolve(Address, Port).Address),
            $"--address {Address} is not a loopback address: set OPTBENCH_TOKEN, or use --open to serve everybody");
        return new(Address ?? (token.Length > 0 || Open ? "::" : null), Port)
        {
            Token = token,
            CongestionControls = CongestionControls.ReadAvailable(),
        };
    }
}
