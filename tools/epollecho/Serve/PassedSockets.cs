using System.Globalization;
using NetTools.Os;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Serve;

/// <summary>
/// Sockets that systemd(1) or systemd-socket-activate(1) opened for us: LISTEN_PID and LISTEN_FDS of sd_listen_fds(3).
/// </summary>
internal static unsafe class PassedSockets
{
    private const int First = 3; // SD_LISTEN_FDS_START

    /// <summary>Takes over the sockets that were passed to this process.</summary>
    /// <param name="udp">Whether they must be UDP sockets, not TCP listeners.</param>
    /// <returns>None when nothing was passed.</returns>
    /// <exception cref="OperationFailedException">What was passed is not such a socket.</exception>
    public static Descriptor[] Take(bool udp)
    {
        if (!int.TryParse(Environment.GetEnvironmentVariable("LISTEN_PID"), NumberStyles.None, CultureInfo.InvariantCulture,
            out int pid)
            || pid != getpid()
            || !int.TryParse(Environment.GetEnvironmentVariable("LISTEN_FDS"), NumberStyles.None, CultureInfo.InvariantCulture,
                out int count))
        {
            return [];
        }

        Descriptor[] sockets = new Descriptor[Math.Min(count, 1024)];
        for (int i = 0; i < sockets.Length; i++)
        {
            int descriptor = First + i;
            Check(descriptor, udp);
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC);
            Errno.Check(fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK), "taking over a passed socket");
            sockets[i] = new Descriptor(descriptor);
        }

        return sockets;
    }

    private static void Check(int descriptor, bool udp)
    {
        int type = Get(descriptor, SO_TYPE);
        int domain = Get(descriptor, SO_DOMAIN);
        bool ip = domain == AF_INET || domain == AF_INET6;
        bool fits = ip && (udp ? type == SOCK_DGRAM : type == SOCK_STREAM && Get(descriptor, SO_ACCEPTCONN) == 1);
        if (!fits)
        {
            throw new OperationFailedException(string.Create(CultureInfo.InvariantCulture,
                $"LISTEN_FDS: descriptor {descriptor} is not a {(udp ? "UDP socket" : "listening TCP socket")}"));
        }
    }

    private static int Get(int descriptor, int option)
    {
        int value = -1;
        socklen_t length = sizeof(int);
        return getsockopt(descriptor, SOL_SOCKET, option, &value, &length) == 0 ? value : -1;
    }
}
