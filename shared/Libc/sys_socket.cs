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

    [DllImport("libc")]
    public static extern int sendmmsg(int sockfd, mmsghdr* msgvec, uint vlen, int flags);
}
