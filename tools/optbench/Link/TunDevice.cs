using System.Text;
using NetTools.Libc;
using NetTools.Os;
using static Tmds.Linux.LibC;

namespace NetTools.OptBench.Link;

/// <summary>
/// One end of the link: an interface whose packets are read from and written to a descriptor (the kernel's tuntap.rst). The
/// interface is gone when the descriptor is closed, however the program ends.
/// </summary>
internal sealed unsafe class TunDevice : IDisposable
{
    private const int SizeOfIfreq = 40;
    private const int FlagsAt = Linux.IF_NAMESIZE;

    /// <summary>
    /// Packets the kernel holds for us while we are not running. Long, because a packet dropped here would be a loss
    /// nobody asked for.
    /// </summary>
    private const int QueuePackets = 20_000;

    private readonly Descriptor _file;

    private TunDevice(Descriptor file) => _file = file;

    /// <summary>Each read gives a <see cref="Frame"/>, each write takes one; non-blocking.</summary>
    public int FileDescriptor => _file.Value;

    /// <summary>Sees whether this user may make interfaces at all: the root of a user namespace often may not.</summary>
    /// <exception cref="LibcException">ENOENT or EACCES: there is no /dev/net/tun for us.</exception>
    public static void RequireDevice() => Open().Dispose();

    /// <summary>Creates the interface in the namespace of the calling thread.</summary>
    /// <param name="name">At most 15 bytes.</param>
    /// <param name="mtu">Bytes.</param>
    /// <param name="addresses">Its addresses.</param>
    /// <exception cref="LibcException">No /dev/net/tun, no privilege (EPERM), or the name is taken (EBUSY).</exception>
    public static TunDevice Create(string name, int mtu, IReadOnlyList<InterfaceAddress> addresses)
    {
        Descriptor file = Open();
        try
        {
            byte* request = stackalloc byte[SizeOfIfreq];
            new Span<byte>(request, SizeOfIfreq).Clear();
            Encoding.UTF8.GetBytes(name, new Span<byte>(request, Linux.IF_NAMESIZE - 1));
            *(short*)(request + FlagsAt) = Linux.IFF_TUN | Linux.IFF_NO_PI | Linux.IFF_VNET_HDR;
            Errno.Check(ioctl(file.Value, Linux.TUNSETIFF, request), $"creating interface {name}",
                "is another link running here?");
            // With these a read may give a whole superframe of TCP. At a read and a write for each 1,500 bytes the kernel's work
            // on both sides alone fills two CPUs at 1 Gbit/s.
            Errno.Check(ioctl(file.Value, Linux.TUNSETOFFLOAD, Linux.TUN_F_CSUM | Linux.TUN_F_TSO4 | Linux.TUN_F_TSO6),
                "switching on segmentation offload");

            int index = Interfaces.Index(name);
            using RouteSocket route = new();
            route.BringUp(index, mtu, QueuePackets);
            foreach (InterfaceAddress address in addresses)
            {
                route.AddAddress(index, address.Address, address.Prefix);
            }

            return new TunDevice(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static Descriptor Open()
    {
        fixed (byte* path = "/dev/net/tun\0"u8)
        {
            return Descriptor.Open(open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC, 0), "opening /dev/net/tun",
                "needs root: run with sudo");
        }
    }
}
