using System.Net;
using System.Text;
using CommandLine;
using NetTools.Os;
using NetTools.Sockets;
using NetTools.Terminal;
using SocketAddress = NetTools.Sockets.SocketAddress;

namespace NetTools.EpollEcho.Send;

/// <summary>A switch with two positions.</summary>
internal enum OnOff
{
    /// <summary>It is on.</summary>
    On,

    /// <summary>It is off.</summary>
    Off,
}

/// <summary>The command line of <c>epollecho send</c>.</summary>
internal sealed class SendOptions : SandboxedOptions
{
    private const int DefaultPort = 8080;

    [Value(0, MetaName = "MESSAGE", HelpText = "What to send; -: each line of standard input.")]
    public string? Message { get; set; }

    [Option('g', "group", Required = true, MetaValue = "ADDR[:PORT]", HelpText = "Multicast group (default port 8080).")]
    public string Group { get; set; } = "";

    [Option('n', "count", MetaValue = "N", HelpText = "Number of datagrams (default 1).")]
    public long? Count { get; set; }

    [Option('s', "size", MetaValue = "B", HelpText = "Without MESSAGE: bytes per datagram (default 64).")]
    public int? Size { get; set; }

    [Option('R', "rate", Default = 0.0, MetaValue = "N", HelpText = "Datagrams per second; 0: as fast as possible.")]
    public double Rate { get; set; }

    [Option("interface", MetaValue = "NAME", HelpText = "Send by this interface.")]
    public string? Interface { get; set; }

    [Option("ttl", Default = 1, MetaValue = "N", HelpText = "Routers a datagram may pass; 1: stay on the link.")]
    public int Ttl { get; set; }

    [Option("loop", Default = OnOff.On, HelpText = "Whether members on this host receive it too.")]
    public OnOff Loop { get; set; }

    [Option("json", HelpText = "Print one JSON object.")]
    public bool Json { get; set; }

    /// <summary>What <c>--help</c> shows.</summary>
    public static HelpPage Help { get; } = new("epollecho send", "datagrams to a multicast group",
        ["--group ADDR[:PORT] [MESSAGE | -] [OPTIONS]"],
        [
            "epollecho serve --udp --group 239.1.2.3 &",
            "epollecho send --group 239.1.2.3 hello              one datagram",
            "epollecho send --group [ff02::1234]:9000 --interface eth0 -n 100 --rate 10",
            "tail -f log | epollecho send --group 239.1.2.3 -    a datagram a line",
            "epollecho load 239.1.2.3:8080 --udp -n 100          measures the answers",
        ]);

    /// <summary>Checks the options.</summary>
    /// <exception cref="OperationFailedException">A value is out of range, or the address is not a multicast group.</exception>
    public SendSettings ToSettings()
    {
        Arguments.CheckRange("--count", Count ?? 1, 1, long.MaxValue);
        Arguments.CheckRange("--size", Size ?? 1, 1, SendSettings.MaxSize);
        Arguments.CheckRange("--rate", Rate, 0, 1e9);
        Arguments.CheckRange("--ttl", Ttl, 0, 255);
        bool fromInput = Message == "-";
        if (Message is not null && (Size is not null || (fromInput && Count is not null)))
        {
            throw new OperationFailedException(
                Size is not null ? "MESSAGE and --size exclude each other" : "-n and standard input exclude each other");
        }

        byte[] message = Message is not null ? Encoding.UTF8.GetBytes(Message)
            : [.. Enumerable.Range(0, Size ?? 64).Select(i => (byte)('a' + (i % 26)))];
        Arguments.CheckRange("the length of MESSAGE", message.Length, 0, SendSettings.MaxSize);
        SocketAddress group = IPAddress.TryParse(Group, out IPAddress? address) && !Group.EndsWith(']') && !Group.StartsWith('[')
            ? SocketAddress.From(address, DefaultPort) : Endpoint.Parse(Group).Resolve();
        if (!Multicast.IsGroup(group.Address))
        {
            throw new OperationFailedException(
                $"{group.Address} is not a multicast group", "224.0.0.0 to 239.255.255.255, or ff00::/8; else use load --udp");
        }

        return new SendSettings(group)
        {
            Message = message,
            FromInput = fromInput,
            Count = Count ?? 1,
            Rate = Rate,
            Interface = Interface,
            InterfaceIndex = Interface is null ? 0 : Interfaces.Index(Interface),
            Hops = Ttl,
            Loop = Loop == OnOff.On,
        };
    }
}
