using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;

namespace NetTools.Libc;

// net/if.h: interface names and their numbers, if_nametoindex(3)

public static unsafe partial class Linux
{
    public const int IF_NAMESIZE = 16;

    [DllImport("libc")]
    private static extern uint if_nametoindex(byte* ifname);

    [DllImport("libc")]
    private static extern byte* if_indextoname(uint ifindex, byte* ifname);

    /// <summary>The number of the interface called <paramref name="name"/>.</summary>
    /// <exception cref="LibcException">There is no such interface: ENODEV.</exception>
    public static int InterfaceIndex(string name)
    {
        byte* text = Utf8StringMarshaller.ConvertToUnmanaged(name);
        try
        {
            uint index = if_nametoindex(text);
            return index != 0 ? (int)index
                : throw new LibcException($"interface {name}", Errno.Last, "list the interfaces with: ip link");
        }
        finally
        {
            Utf8StringMarshaller.Free(text);
        }
    }

    /// <summary>The name of an interface, or null when it is gone.</summary>
    public static string? InterfaceName(int index)
    {
        byte* name = stackalloc byte[IF_NAMESIZE];
        return Utf8StringMarshaller.ConvertToManaged(if_indextoname((uint)index, name));
    }
}
