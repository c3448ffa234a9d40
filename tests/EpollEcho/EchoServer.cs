using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using NetTools.Tests.Support;

namespace NetTools.Tests.EpollEcho;

/// <summary>A published epollecho on a free port.</summary>
internal sealed class EchoServer : IDisposable
{
    public EchoServer(params string[] args)
        : this(null, args)
    {
    }

    /// <summary>Starts it through another program: <c>prlimit --nofile=64</c>.</summary>
    public EchoServer(string[]? through, string[] args)
    {
        string[] command = [.. through ?? [], Repository.Binary("epollecho"), "serve", "--json", "-p", "0", .. args];
        Process = ToolProcess.LaunchCommand(command[0], command[1..]);
        Listening = JsonDocument.Parse(Process.ReadLine()).RootElement;
        string address = Listening.GetProperty("address").GetString()!;
        Port = int.Parse(address[(address.LastIndexOf(':') + 1)..]);
    }

    public ToolProcess Process { get; }

    public JsonElement Listening { get; }

    public int Port { get; }

    public string Address => $"127.0.0.1:{Port}";

    public Socket Connect()
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            ReceiveTimeout = 20_000,
            SendTimeout = 20_000
        };
        socket.Connect(IPAddress.Loopback, Port);
        return socket;
    }

    public async Task<Socket> ConnectAsync()
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, Port).WaitAsync(TimeSpan.FromSeconds(30));
        return socket;
    }

    /// <summary>Runs <c>epollecho load</c> against it.</summary>
    public ToolResult Load(params string[] args) =>
        ToolProcess.Run("epollecho", ["load", Address, "--json", .. args]);

    /// <summary>Stops it and returns its summary.</summary>
    public JsonElement Stop(int signal = Signals.SIGTERM)
    {
        ToolResult result = Process.Stop(signal).Expect(0);
        return JsonDocument.Parse(result.OutputLines.Last(line => line.Contains("\"summary\""))).RootElement;
    }

    public void Dispose() => Process.Dispose();
}
