using System.Runtime.InteropServices;
using System.Text;
using NetTools.Libc;
using Tmds.Linux;
using static Tmds.Linux.LibC;
using statx = NetTools.Libc.statx;

namespace NetTools.Os;

/// <summary>
/// Root's files for a program that root started and that becomes another user: a copy of the program, made before, stays user 0
/// without a capability, opens and removes files when it is asked to, and hands over the descriptors. It reads nothing from them.
/// <see cref="UserFile"/> asks it by itself, and <see cref="Sandbox.Enter"/> puts it into a sandbox of its own.
/// </summary>
public static unsafe class RootFiles
{
    private const int LongestPath = 4096;
    private const int LastDescriptor = 1023;
    private const int AskAgainMs = 50;
    private const int SocketRights = 1; // SCM_RIGHTS
    private const int Fifo = 0x1000; // S_IFIFO

    private enum Request
    {
        Open,
        Remove,
        Name,
        Seal,
    }

    private struct Head
    {
        public Request Request;
        public int Flags;
        public int Mode;
    }

    /// <summary>A control message with one descriptor, cmsg(3).</summary>
    private struct Rights
    {
        public cmsghdr Header;
        public int Descriptor;
        public int Padding;
    }

    private static readonly Lock s_lock = new();
    private static Descriptor? s_socket;

    /// <summary>True while the copy opens the files of this process.</summary>
    public static bool IsActive => s_socket is not null;

    /// <summary>Makes the copy. While this process is root, before any thread, and after its sockets are open.</summary>
    /// <exception cref="LibcException">No socket pair or no process is to be had.</exception>
    public static void Start()
    {
        int* pair = stackalloc int[2];
        Errno.Check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), "creating a socket pair");
        int pid = Errno.Check((int)fork(), "starting a helper");
        if (pid == 0)
        {
            int code = 1;
            try
            {
                code = Serve(pair[1]);
            }
            finally
            {
                _exit(code);
            }
        }

        _ = close(pair[1]);
        s_socket = new Descriptor(pair[0]);
        byte ready;
        nint got;
        while ((got = (nint)recv(pair[0], &ready, 1, 0)) < 0 && Errno.Last == EINTR)
        {
        }

        if (got <= 0)
        {
            Stop();
            throw new OperationFailedException("the helper that opens files could not give up its privileges");
        }
    }

    /// <summary>Ends the copy: from now on this process opens its files itself.</summary>
    public static void Stop()
    {
        s_socket?.Dispose();
        s_socket = null;
    }

    /// <summary>open(2) by the copy.</summary>
    /// <returns>A descriptor of this process, or a negative errno.</returns>
    internal static int Open(string path, int flags, int mode) => Ask(Request.Open, path, flags, mode);

    /// <summary>unlink(2) by the copy.</summary>
    /// <returns>0, or a negative errno.</returns>
    internal static int Remove(string path) => Ask(Request.Remove, path);

    /// <summary>Puts the copy into its sandbox.</summary>
    /// <param name="files">What it may open besides the files that the command line names.</param>
    /// <param name="off">Without a sandbox: <c>--no-sandbox</c>.</param>
    internal static void Seal(IEnumerable<string> files, bool off)
    {
        foreach (string file in files)
        {
            _ = Ask(Request.Name, file);
        }

        if (Ask(Request.Seal, "", off ? 1 : 0) is int result and < 0)
        {
            throw new LibcException("restricting the helper that opens files", -result);
        }
    }

    private static int Ask(Request request, string path, int flags = 0, int mode = 0)
    {
        byte[] name = Encoding.UTF8.GetBytes(path + '\0');
        if (name.Length > LongestPath)
        {
            return -ENAMETOOLONG;
        }

        Head head = new() { Request = request, Flags = flags, Mode = mode };
        iovec* parts = stackalloc iovec[2];
        int result = 0;
        Rights rights = default;
        lock (s_lock)
        {
            fixed (byte* bytes = name)
            {
                parts[0] = new iovec { iov_base = &head, iov_len = sizeof(Head) };
                parts[1] = new iovec { iov_base = bytes, iov_len = name.Length };
                msghdr message = new() { msg_iov = parts, msg_iovlen = 2 };
                if (Repeat(s_socket!.Value, &message, MSG_NOSIGNAL, sends: true) < 0)
                {
                    return -Errno.Last;
                }
            }

            parts[0] = new iovec { iov_base = &result, iov_len = sizeof(int) };
            msghdr answer = new()
            {
                msg_iov = parts,
                msg_iovlen = 1,
                msg_control = &rights,
                msg_controllen = sizeof(Rights),
            };
            long got = Repeat(s_socket!.Value, &answer, MSG_CMSG_CLOEXEC, sends: false);
            return got < 0 ? -Errno.Last : got == 0 ? -EPIPE
                : result < 0 || request != Request.Open ? result
                : rights.Header.cmsg_type == SocketRights ? rights.Descriptor : -EMFILE;
        }
    }

    // The copy. It handles bytes and allocates as little as it can: a forked process has no finalizer thread.
    private static int Serve(int socket)
    {
        // One call says which descriptors are open, where two for each of a thousand would be a good part of the start.
        const int count = LastDescriptor + 1;
        pollfd* all = stackalloc pollfd[count];
        for (int fd = 0; fd < count; fd++)
        {
            all[fd] = new pollfd { fd = fd };
        }

        bool asked = poll(all, count, 0) >= 0; // it fails where fewer descriptors are allowed
        for (int fd = 3; fd < count; fd++)
        {
            // Sockets and files of this program go; those that the shell opened stay, for /dev/fd/63 may be among the files.
            if (fd != socket && !(asked && (all[fd].revents & POLLNVAL) != 0) && (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0)
            {
                _ = close(fd);
            }
        }

        // What ends the program does not end the copy: it ends when the program has.
        foreach (int number in (ReadOnlySpan<int>)[SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2])
        {
            sigaction ignore = default;
            ignore.sa_handler = SIG_IGN;
            _ = sigaction(number, &ignore, null);
        }

        Privileges.DropAll(forked: true);
        // What cannot be answered ends the copy: the program, which waits, sees the end.
        byte ready = 1;
        if (send(socket, &ready, 1, MSG_NOSIGNAL) < 0)
        {
            return 1;
        }

        byte* bytes = stackalloc byte[sizeof(Head) + LongestPath + 1];
        nint got;
        while ((got = (nint)recv(socket, bytes, sizeof(Head) + LongestPath, 0)) > 0 || (got < 0 && Errno.Last == EINTR))
        {
            if (got > sizeof(Head))
            {
                bytes[got] = 0;
                if (!Answer(socket, (Head*)bytes, bytes + sizeof(Head)))
                {
                    return 1;
                }
            }
        }

        return 0;
    }

    private static bool Answer(int socket, Head* head, byte* path)
    {
        int result = 0;
        switch (head->Request)
        {
            case Request.Open:
                result = Open(socket, path, head->Flags, head->Mode);
                break;
            case Request.Remove:
                result = unlink(path) < 0 ? -Errno.Last : 0;
                break;
            case Request.Name:
                Sandbox.AlsoRead([Marshal.PtrToStringUTF8((nint)path)!]);
                break;
            default:
                Sandbox.EnterForked(Allowances.Files | Allowances.Removals, off: head->Flags != 0);
                break;
        }

        iovec part = new() { iov_base = &result, iov_len = sizeof(int) };
        Rights rights = default;
        msghdr answer = new() { msg_iov = &part, msg_iovlen = 1 };
        if (head->Request == Request.Open && result >= 0)
        {
            rights.Header.cmsg_len = sizeof(cmsghdr) + sizeof(int);
            rights.Header.cmsg_level = SOL_SOCKET;
            rights.Header.cmsg_type = SocketRights;
            rights.Descriptor = result;
            answer.msg_control = &rights;
            answer.msg_controllen = sizeof(Rights);
        }

        bool answered = Repeat(socket, &answer, MSG_NOSIGNAL, sends: true) >= 0;
        if (head->Request == Request.Open && result >= 0)
        {
            _ = close(result);
        }

        return answered;
    }

    /// <summary>
    /// Opens a file. The other end of a FIFO is waited for as open(2) would, but not longer than the program lives.
    /// </summary>
    private static int Open(int socket, byte* path, int flags, int mode)
    {
        statx status;
        bool isFifo = Linux.statx(AT_FDCWD, path, 0, Linux.STATX_BASIC_STATS, &status) == 0
            && (status.stx_mode & Linux.S_IFMT) == Fifo && (flags & (O_PATH | O_NONBLOCK)) == 0;
        flags |= O_CLOEXEC | O_NOCTTY;
        int fd = open(path, flags | (isFifo ? O_NONBLOCK : 0), (mode_t)mode);
        while (fd < 0 && isFifo && Errno.Last == ENXIO && !Ended(socket, -1, AskAgainMs))
        {
            fd = open(path, flags | O_NONBLOCK, (mode_t)mode);
        }

        int errno = Errno.Last;
        if (fd >= 0 && isFifo)
        {
            bool reads = (flags & O_ACCMODE) == O_RDONLY;
            _ = reads && Ended(socket, fd, -1);
            _ = fcntl(fd, F_SETFL, flags);
        }

        return fd < 0 ? -errno : fd;
    }

    /// <summary>Waits for something to read from a descriptor, for the end of the program, or for the time.</summary>
    /// <returns>True when the program has ended.</returns>
    private static bool Ended(int socket, int fd, int milliseconds)
    {
        pollfd* waiting = stackalloc pollfd[2];
        waiting[0] = new pollfd { fd = socket };
        waiting[1] = new pollfd { fd = fd, events = POLLIN };
        while (poll(waiting, 2, milliseconds) < 0 && Errno.Last == EINTR)
        {
        }

        return waiting[0].revents != 0;
    }

    private static long Repeat(int socket, msghdr* message, int flags, bool sends)
    {
        long done;
        do
        {
            done = sends ? (long)(nint)sendmsg(socket, message, flags) : (long)(nint)recvmsg(socket, message, flags);
        }
        while (done < 0 && Errno.Last == EINTR);
        return done;
    }
}
