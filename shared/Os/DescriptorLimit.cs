using NetTools.Libc;

namespace NetTools.Os;

/// <summary>How many descriptors a process may have open, RLIMIT_NOFILE of getrlimit(2).</summary>
public static unsafe class DescriptorLimit
{
    /// <summary>Raises the soft limit of open descriptors to the hard one.</summary>
    /// <returns>How many descriptors this process may have open: their numbers are below it.</returns>
    /// <exception cref="LibcException">The limit cannot be read.</exception>
    public static int Raise()
    {
        rlimit limit;
        Errno.Check(Linux.getrlimit(Linux.RLIMIT_NOFILE, &limit), "reading the limit of open descriptors");
        if (limit.rlim_cur < limit.rlim_max)
        {
            rlimit raised = new() { rlim_cur = limit.rlim_max, rlim_max = limit.rlim_max };
            if (Linux.setrlimit(Linux.RLIMIT_NOFILE, &raised) == 0)
            {
                limit = raised;
            }
        }

        return (int)Math.Min(limit.rlim_cur, int.MaxValue);
    }
}
