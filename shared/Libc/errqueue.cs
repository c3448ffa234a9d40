namespace NetTools.Libc;

// linux/errqueue.h: what MSG_ERRQUEUE hands out, recvmsg(2). struct sock_extended_err is in Tmds.LibC.

/// <summary>Three of struct timespec: ts[0] the software stamp, ts[1] unused, ts[2] the network card's own.</summary>
public unsafe struct scm_timestamping
{
    private fixed long _ts[6];

    /// <summary>ts[0] in ns of CLOCK_REALTIME, 0 when there is none.</summary>
    public readonly long SoftwareNanoseconds => _ts[0] * 1_000_000_000 + _ts[1];

    /// <summary>ts[2] in ns of the card's clock, 0 when there is none.</summary>
    public readonly long HardwareNanoseconds => _ts[4] * 1_000_000_000 + _ts[5];
}
