using NetTools.Os;
using NetTools.RawPing.Kernel;
using NetTools.RawPing.Wire;
using static Tmds.Linux.LibC;

namespace NetTools.RawPing.Trace;

/// <summary>The sockets of a trace: ICMP for answers and echo probes, a raw one for UDP and TCP, their ports.</summary>
internal sealed class TraceSockets : IDisposable
{
    private const int MostAttempts = 100; // at an identifier or ports that nobody uses

    /// <exception cref="OperationFailedException">There is no route, or a socket cannot be had.</exception>
    public TraceSockets(TraceSettings settings, RawSockets sockets)
    {
        Address = settings.Target.Address;
        bool v6 = Address.IsV6;
        HostAddress source = settings.Base.Source ?? Route.To(Address, settings.Base.Device).Source;
        ushort id = Open(settings, sockets);
        Wire = new TraceWire(settings, source, id);
        if (settings.Protocol == TraceProtocol.Icmp)
        {
            return;
        }

        Transport = sockets.Transport(v6);
        Transport.SetUp(settings.Base);
        Icmp.Attach(v6 ? EchoFilter.QuotedPortsV6() : EchoFilter.QuotedPortsV4(id, settings.Flows));
        Transport.Attach(EchoFilter.Ports(v6, (ushort)settings.Port, id, settings.Flows));
    }

    /// <summary>The host.</summary>
    public HostAddress Address { get; }

    /// <summary>Receives echo replies and errors, and sends echo requests.</summary>
    public PingSocket Icmp { get; private set; } = null!;

    /// <summary>Sends UDP or TCP probes and receives the host's answers; null for ICMP.</summary>
    public TransportSocket? Transport { get; }

    /// <summary>Builds and reads probes.</summary>
    public TraceWire Wire { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Icmp.Dispose();
        Ports?.Dispose();
    }

    private PortHolder? Ports { get; set; }

    // The identifier of echo requests, or the first source port.
    private ushort Open(TraceSettings settings, RawSockets sockets)
    {
        bool v6 = Address.IsV6;
        for (int attempt = 1; ; attempt++)
        {
            ushort id = (ushort)(32768 + Randomness.UInt64() % 32000);
            if (settings.Protocol != TraceProtocol.Icmp)
            {
                Ports = PortHolder.TryHold(v6, settings.Protocol == TraceProtocol.Udp, id, settings.Flows);
                if (Ports is null && attempt < MostAttempts)
                {
                    continue;
                }
            }

            try
            {
                Icmp = SocketSetup.Open(settings.Base, sockets, RequestKind.Echo(v6), id);
                return id;
            }
            catch (LibcException e) when (e.Errno == EADDRINUSE && attempt < MostAttempts)
            {
                Ports?.Dispose();
            }
        }
    }
}
