using System.Text;
using NetTools.Libc;
using static Tmds.Linux.LibC;

namespace NetTools.Os;

/// <summary>
/// An interface in a network of its own whose wire is held here: what is sent through it is read, what is written to it
/// arrives (the kernel's tuntap.rst). Network and interface are gone when it is disposed of and the last process in the network
/// has ended.
/// </summary>
public sealed unsafe class VirtualWire : IDisposable
{
    private const int SizeOfIfreq = 40;
    private const int FlagsAt = Linux.IF_NAMESIZE;
    private const int QueuePackets = 10_000;

    private readonly Descriptor _file;

    private VirtualWire(Descriptor file, int index)
    {
        _file = file;
        Index = index;
    }

    /// <summary>Readable when something was sent through the interface; each read gives one packet. Non-blocking.</summary>
    public int FileDescriptor => _file.Value;

    /// <summary>The interface's number.</summary>
    public int Index { get; }

    /// <summary>
    /// Moves the calling thread, and what it starts from now on, into a new network with this interface and lo in it. The thread
    /// does not come back.
    /// </summary>
    /// <param name="name">The interface's name, at most 15 bytes.</param>
    /// <param name="ethernet">True for frames of Ethernet, false for IP packets.</param>
    /// <param name="address">Its IPv4 address, a /24, through which everything is reached.</param>
    /// <param name="mtu">Bytes.</param>
    /// <exception cref="LibcException">No privilege (EPERM), or no /dev/net/tun.</exception>
    public static VirtualWire Create(string name, bool ethernet, string address, int mtu = 1500)
    {
        const string Hint = "run it as root, or with scripts/check.sh";
        Errno.Check(unshare(CLONE_NEWNET), "creating a network namespace", Hint);
        Descriptor file;
        fixed (byte* path = "/dev/net/tun\0"u8)
        {
            file = Descriptor.Open(open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC, 0), "opening /dev/net/tun", Hint);
        }

        try
        {
            byte* request = stackalloc byte[SizeOfIfreq];
            new Span<byte>(request, SizeOfIfreq).Clear();
            Encoding.UTF8.GetBytes(name, new Span<byte>(request, Linux.IF_NAMESIZE - 1));
            *(short*)(request + FlagsAt) = (short)((ethernet ? Linux.IFF_TAP : Linux.IFF_TUN) | Linux.IFF_NO_PI);
            Errno.Check(ioctl(file.Value, Linux.TUNSETIFF, request), $"creating interface {name}", Hint);
            int index = Interfaces.Index(name);
            using RouteSocket route = new();
            route.BringUp(Interfaces.Index("lo"), mtu: 65_536, queue: 1000);
            route.BringUp(index, mtu, QueuePackets);
            route.AddAddress(index, System.Net.IPAddress.Parse(address), 24);
            route.AddDefaultRoute(index);
            return new VirtualWire(file, index);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Takes what was sent through the interface.</summary>
    /// <param name="packet">Room for it.</param>
    /// <returns>Its length, or 0 when there is nothing.</returns>
    public int Read(Span<byte> packet)
    {
        fixed (byte* room = packet)
        {
            return Math.Max((int)(nint)read(_file.Value, room, packet.Length), 0);
        }
    }

    /// <summary>Lets a packet or frame arrive.</summary>
    /// <returns>False when the kernel does not take it.</returns>
    public bool Write(ReadOnlySpan<byte> packet)
    {
        fixed (byte* bytes = packet)
        {
            return (int)(nint)write(_file.Value, bytes, packet.Length) == packet.Length;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
