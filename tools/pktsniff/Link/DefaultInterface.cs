using NetTools.Libc;
using NetTools.Os;

namespace NetTools.PktSniff.Link;

/// <summary>The interface to listen on when none was named.</summary>
internal static class DefaultInterface
{
    /// <summary>The first that is up and not a loopback; else the loopback.</summary>
    /// <exception cref="OperationFailedException">No interface is up.</exception>
    public static string Find()
    {
        string? loopback = null;
        foreach (string name in Interfaces.Names())
        {
            int flags = Interfaces.Flags(name);
            if ((flags & Linux.IFF_UP) == 0)
            {
                continue;
            }

            if ((flags & Linux.IFF_LOOPBACK) == 0)
            {
                return name;
            }

            loopback ??= name;
        }

        return loopback ?? throw new OperationFailedException("no interface is up", "list the interfaces with: ip link");
    }
}
