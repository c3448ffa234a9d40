using System.Runtime.InteropServices;
using Tmds.Linux;

namespace NetTools.Libc;

// sys/socket.h: plain imports for hot loops (those of Tmds.LibC save errno on each call)

public static unsafe partial class Linux
{
    [DllImport("libc")]
    public static extern nint recv(int sockfd, void* buf, nuint len, int flags);

    [DllImport("libc")]
    public static extern nint send(int sockfd, void* buf, nuint len, int flags);

    /// <summary>Many datagrams by one call, recvmmsg(2); the timeout is better left null (see BUGS there).</summary>
    [DllImport("libc")]
    public static extern int recvmmsg(int sockfd, mmsghdr* msgvec, uint vlen, int flags, timespec* timeout);

    /// <summary>Many datagrams by one call, sendmmsg(2).</summary>
    [DllImport("libc")]
    public static extern int sendmmsg(int sockfd, mmsghdr* msgvec, uint vlen, int flags);
}
