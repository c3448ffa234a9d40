using CommandLine;
using NetTools.OptBench.Protocol;
using NetTools.OptBench.Run;
using NetTools.Terminal;

namespace NetTools.OptBench.Server;

/// <summary>What the user asked for: optbench server.</summary>
internal sealed class ServerOptions : SandboxedOptions
{
    [Option('p', "port", MetaValue = "PORT", Default = 5400, HelpText = "Port to listen on; 0 takes a free one.")]
    public int Port { get; set; }

    [Option("address", MetaValue = "ADDR", Default = "::", HelpText = "Address to listen on; :: is every IPv4 and IPv6 address.")]
    public string Address { get; set; } = "";

    [Option("token", MetaValue = "TEXT", HelpText = "Serve only clients with this secret; default: $OPTBENCH_TOKEN, or everybody.")]
    public string? Token { get; set; }

    [Option("json", HelpText = "Print the listening line as JSON.")]
    public bool Json { get; set; }

    public static HelpPage Help { get; } = new("optbench server", "the far end of optbench --server", ["[-p PORT] [options]"],
        [
            "optbench server                        for optbench --server far:5400",
            "OPTBENCH_TOKEN=s3cret optbench server  serve only those who know the secret",
        ])
    {
        Notes =
        [
            "A job moves at most 100 GB and runs at most 10 minutes; 64 jobs run at a time.\nThe token keeps strangers out; it is sent as it is, so it is no secret on the\nwire. The server runs until SIGINT or SIGTERM.",
        ],
    };

    /// <summary>The checked settings.</summary>
    public ServerSettings ToSettings()
    {
        RunOptions.Check(Port is >= 0 and <= 65535, "--port is 0 to 65535");
        return new(Address, Port) { Token = Tokens.Choose(Token) };
    }
}
