using NetTools.Libc;
using NetTools.Os;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Load;

/// <summary>One load process of several, as it speaks with its parent.</summary>
/// <param name="socket">Its end of a pair of stream sockets.</param>
internal sealed unsafe class LoadMember(int socket)
{
    /// <summary>Reports how far it is.</summary>
    public void Report(LoadStatus status) => Send(LoadMessage.Write(LoadMessageKind.Status, status));

    /// <summary>Reports an interval that is over.</summary>
    public void Report(LoadSlice slice) => Send(LoadMessage.Write(slice));

    /// <summary>Reports what it measured, at the end.</summary>
    public void Report(LoadResult result) => Send(LoadMessage.Write(result));

    /// <summary>Waits for the parent's word, which comes when all processes wait, or for a signal.</summary>
    /// <param name="status">How far it is.</param>
    /// <param name="signals">They stay unread.</param>
    /// <returns>The time at which all go on: that of the monotonic clock is the same for all.</returns>
    public long WaitForOthers(LoadStatus status, SignalDescriptor signals)
    {
        Send(LoadMessage.Write(LoadMessageKind.Waiting, status));
        pollfd* watched = stackalloc pollfd[2];
        watched[0] = new pollfd { fd = socket, events = (short)POLLIN };
        watched[1] = new pollfd { fd = signals.FileDescriptor, events = (short)POLLIN };
        while (Linux.poll(watched, 2, -1) < 0 && Errno.Last == EINTR)
        {
        }

        long time;
        return watched[0].revents != 0 && Linux.recv(socket, &time, sizeof(long), MSG_DONTWAIT) == sizeof(long) ? time
            : Clock.Nanoseconds;
    }

    private void Send(byte[] message)
    {
        fixed (byte* bytes = message)
        {
            for (nint sent = 0; sent < message.Length;)
            {
                nint part = Linux.send(socket, bytes + sent, (nuint)(message.Length - sent), MSG_NOSIGNAL);
                if (part < 0 && Errno.Last != EINTR)
                {
                    return; // the parent is gone, and a signal to end is on its way
                }

                sent += Math.Max(part, 0);
            }
        }
    }
}
