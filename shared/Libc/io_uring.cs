namespace NetTools.Libc;

// linux/io_uring.h: what is younger than Tmds.LibC; its structs are used as they are

public static partial class Linux
{
    public const uint IORING_SETUP_COOP_TASKRUN = 1 << 8;
    public const uint IORING_SETUP_TASKRUN_FLAG = 1 << 9;
    public const uint IORING_SETUP_SINGLE_ISSUER = 1 << 12;
    public const uint IORING_SETUP_DEFER_TASKRUN = 1 << 13;
    public const uint IORING_SQ_TASKRUN = 1 << 2;
    public const uint IORING_POLL_ADD_MULTI = 1 << 0;
    public const uint IORING_POLL_UPDATE_EVENTS = 1 << 1;
    public const uint IORING_CQE_F_MORE = 1 << 1;
    public const byte IOSQE_CQE_SKIP_SUCCESS = 1 << 6;

    /// <summary>The number of io_uring_enter(2).</summary>
    public static int SYS_io_uring_enter => 426;

    /// <summary>The number of io_uring_setup(2).</summary>
    public static int SYS_io_uring_setup => 425;
}
