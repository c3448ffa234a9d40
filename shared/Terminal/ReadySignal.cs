using System.Globalization;
using NetTools.Os;
using static Tmds.Linux.LibC;

namespace NetTools.Terminal;

/// <summary>
/// Tells the parent process that the program is ready: a newline on a descriptor they left open, which is then closed.
/// The convention of s6's notification-fd; a shell waits with <c>read</c> on a pipe or a FIFO.
/// </summary>
public sealed unsafe class ReadySignal
{
    private int _descriptor = -1;

    /// <summary>Checks the descriptor. Call it before the program opens any of its own.</summary>
    /// <param name="descriptor">The number given with <c>--ready-fd</c>, or null for no signal.</param>
    /// <exception cref="OperationFailedException">It is not open, or not open for writing.</exception>
    public ReadySignal(int? descriptor)
    {
        if (descriptor is not int number)
        {
            return;
        }

        string name = string.Create(CultureInfo.InvariantCulture, $"--ready-fd {number}");
        int flags = number < 0 ? -1 : fcntl(number, F_GETFL);
        if (flags < 0 || (flags & O_PATH) != 0)
        {
            throw new OperationFailedException(
                $"{name}: descriptor {number} is not open", $"open it in the shell: {number}>FILE");
        }

        if ((flags & O_ACCMODE) == O_RDONLY)
        {
            throw new OperationFailedException($"{name}: descriptor {number} is not open for writing");
        }

        _ = number > 2 ? fcntl(number, F_SETFD, FD_CLOEXEC) : 0;
        _descriptor = number;
    }

    /// <summary>
    /// Says that the program is ready. Only the first call does anything; a reader that has gone does not matter.
    /// </summary>
    public void Send()
    {
        if (_descriptor < 0)
        {
            return;
        }

        byte newline = (byte)'\n';
        while (write(_descriptor, &newline, 1) < 0 && Errno.Last == EINTR)
        {
        }

        Close();
    }

    /// <summary>
    /// In a forked child: closes the descriptor without a word, so that the reader sees the end when the parent closes its own.
    /// </summary>
    public void Close()
    {
        if (_descriptor > 2)
        {
            close(_descriptor); // standard output and error stay, for what the program prints
        }

        _descriptor = -1;
    }
}
