using NetTools.OptBench.Client;
using NetTools.OptBench.Server;
using NetTools.Os;
using Tmds.Linux;

namespace NetTools.Tests.OptBench;

/// <summary>An optbench server on a thread of the test, on a free loopback port.</summary>
internal sealed unsafe class InProcessServer : IDisposable
{
    private readonly JobServer _server;
    private readonly Descriptor _stop = Descriptor.Open(LibC.eventfd(0, LibC.EFD_CLOEXEC), "creating an eventfd");
    private readonly Thread _thread;

    public InProcessServer(Func<ServerSettings, ServerSettings>? change = null)
    {
        ServerSettings settings = new("127.0.0.1", 0) { SilenceMs = 2_000 };
        _server = new JobServer(change?.Invoke(settings) ?? settings);
        _thread = new Thread(() => _server.Run(_stop.Value));
        _thread.Start();
    }

    public int Port => _server.Address.Port;

    public Peer Peer(string token = "") => new(_server.Address, token, "reno");

    public void Dispose()
    {
        ulong one = 1;
        _ = LibC.write(_stop.Value, &one, sizeof(ulong));
        _thread.Join();
        _server.Dispose();
        _stop.Dispose();
    }
}
