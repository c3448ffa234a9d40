using NetTools.Os;
using NetTools.RawPing.Wire;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.RawPing.Kernel;

/// <summary>Holds source ports, so that no other program gets them while probes carry them.</summary>
internal sealed class PortHolder : IDisposable
{
    private readonly List<Descriptor> _held = [];

    private PortHolder()
    {
    }

    /// <summary>Binds sockets to ports that follow one another.</summary>
    /// <returns>Null when one of them is taken.</returns>
    public static unsafe PortHolder? TryHold(bool v6, bool udp, ushort first, int count)
    {
        PortHolder holder = new();
        for (int i = 0; i < count; i++)
        {
            Descriptor socket = Descriptor.Open(
                LibC.socket(v6 ? AF_INET6 : AF_INET, (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0), "opening a socket");
            holder._held.Add(socket);
            sockaddr_storage name = default;
            int length = new HostAddress(0, v6).Write(&name);
            ((sockaddr_in*)&name)->sin_port = htons((ushort)(first + i)); // sin6_port stands at the same place
            if (bind(socket.Value, (sockaddr*)&name, length) < 0)
            {
                holder.Dispose();
                return null;
            }
        }

        return holder;
    }

    /// <inheritdoc/>
    public void Dispose() => _held.ForEach(socket => socket.Dispose());
}
