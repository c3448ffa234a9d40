using System.Runtime.InteropServices;
using Tmds.Linux;

namespace NetTools.Libc;

// sys/time.h

/// <summary>Seconds and microseconds: SO_RCVTIMEO, SO_SNDTIMEO, SO_TIMESTAMP.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct timeval
{
    public time_t tv_sec;
    public long tv_usec;
}
