using System.Runtime.InteropServices;

namespace NetTools.Libc;

// sys/resource.h: limits of a process, getrlimit(2)

/// <summary>A soft and a hard limit.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct rlimit
{
    public ulong rlim_cur;
    public ulong rlim_max;
}

public static unsafe partial class Linux
{
    public const int RLIMIT_NOFILE = 7;

    [DllImport("libc")]
    public static extern int getrlimit(int resource, rlimit* rlim);

    [DllImport("libc")]
    public static extern int setrlimit(int resource, rlimit* rlim);

    /// <summary>Raises the soft limit of open descriptors to the hard one.</summary>
    /// <returns>How many descriptors this process may have open: their numbers are below it.</returns>
    /// <exception cref="LibcException">The limit cannot be read.</exception>
    public static int RaiseDescriptorLimit()
    {
        rlimit limit;
        Errno.Check(getrlimit(RLIMIT_NOFILE, &limit), "reading the limit of open descriptors");
        if (limit.rlim_cur < limit.rlim_max)
        {
            rlimit raised = new() { rlim_cur = limit.rlim_max, rlim_max = limit.rlim_max };
            if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
            {
                limit = raised;
            }
        }

        return (int)Math.Min(limit.rlim_cur, int.MaxValue);
    }
}
