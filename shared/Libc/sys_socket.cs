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

    /// <summary>The number of sendto(2).</summary>
    public static int SYS_sendto => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 206 : 44;

    /// <summary>The number of recvfrom(2).</summary>
    public static int SYS_recvfrom => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 207 : 45;

    /// <summary>The number of sendmsg(2).</summary>
    public static int SYS_sendmsg => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 211 : 46;

    /// <summary>The number of recvmsg(2).</summary>
    public static int SYS_recvmsg => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 212 : 47;

    /// <summary>sendto(2) that never waits, called directly, see <see cref="SystemCall"/>.</summary>
    /// <returns>The bytes taken; -1 with errno, EAGAIN when there is no room.</returns>
    public static long SendToNow(int sockfd, void* buf, nuint len, sockaddr* dest_addr, int addrlen) =>
        SystemCall(SYS_sendto, mayWait: false, sockfd, (long)buf, (long)len, LibC.MSG_DONTWAIT, (long)dest_addr, addrlen);

    /// <summary>sendmsg(2) that never waits, called directly, see <see cref="SystemCall"/>.</summary>
    /// <inheritdoc cref="SendToNow"/>
    public static long SendMessageNow(int sockfd, msghdr* msg) =>
        SystemCall(SYS_sendmsg, mayWait: false, sockfd, (long)msg, LibC.MSG_DONTWAIT);

    /// <summary>recvmsg(2) that never waits, called directly, see <see cref="SystemCall"/>.</summary>
    /// <param name="sockfd">The socket.</param>
    /// <param name="msg">Where to; the kernel fills in the lengths.</param>
    /// <param name="flags">0, or MSG_ERRQUEUE and the like.</param>
    /// <returns>The bytes received; -1 with errno, EAGAIN when there is nothing yet.</returns>
    public static long ReceiveMessageNow(int sockfd, msghdr* msg, int flags) =>
        SystemCall(SYS_recvmsg, mayWait: false, sockfd, (long)msg, flags | LibC.MSG_DONTWAIT);

    /// <summary>recv(2) that never waits (MSG_DONTWAIT), called directly, see <see cref="SystemCall"/>.</summary>
    /// <returns>The bytes received, 0 at the end of the stream; -1 with errno, EAGAIN when there is nothing yet.</returns>
    public static long ReceiveNow(int sockfd, void* buf, nuint len) =>
        SystemCall(SYS_recvfrom, mayWait: false, sockfd, (long)buf, (long)len, LibC.MSG_DONTWAIT);

    /// <summary>send(2) that never waits and raises no SIGPIPE, called directly, see <see cref="SystemCall"/>.</summary>
    /// <returns>The bytes taken; -1 with errno, EAGAIN when there is no room.</returns>
    public static long SendNow(int sockfd, void* buf, nuint len) =>
        SystemCall(SYS_sendto, mayWait: false, sockfd, (long)buf, (long)len, LibC.MSG_DONTWAIT | LibC.MSG_NOSIGNAL);
}
