using NetTools.Libc;
using static Tmds.Linux.LibC;

namespace NetTools.Os;

/// <summary>What a program with more privilege than its caller does for trusted callers alone.</summary>
public enum TrustedAct
{
    /// <summary>Packets whose headers the caller writes.</summary>
    Craft,

    /// <summary>A source address that is not this host's.</summary>
    ForeignSource,

    /// <summary>Data that the caller chooses to the last byte.</summary>
    FreePayload,

    /// <summary>Frames sent as they are.</summary>
    Inject,

    /// <summary>More packets than <see cref="OrdinaryLimits"/> allow.</summary>
    Flood,

    /// <summary>Kernel rings beyond <see cref="OrdinaryLimits.RingBytes"/>.</summary>
    LargeRing,

    /// <summary>No filter on system calls.</summary>
    NoSandbox,
}

/// <summary>One row of the policy.</summary>
/// <param name="Act">What it is about.</param>
/// <param name="Tool">The tool that can do it.</param>
/// <param name="Text">What a trusted caller may do, as the tool's manual says it, word by word.</param>
/// <param name="WithoutPrivilege">
/// True where a caller who is not trusted may not do it with an unprivileged binary either.
/// </param>
public sealed record TrustRule(TrustedAct Act, string Tool, string Text, bool WithoutPrivilege = false);

/// <summary>The rates and sizes of callers who are not trusted: those of ping(8).</summary>
public static class OrdinaryLimits
{
    /// <summary>Shortest time between two requests to one host, nanoseconds, however often the host is named: 2 ms.</summary>
    public const long HostInterval = 2_000_000;

    /// <summary>Shortest time between any two packets of a run, nanoseconds: 1 ms.</summary>
    public const long PacketInterval = TimeUnits.Millisecond;

    /// <summary>Shortest time between two packets of a run to broadcast or multicast addresses, nanoseconds: 1 s.</summary>
    public const long BroadcastInterval = TimeUnits.Second;

    /// <summary>Most requests to one host before the first reply is awaited.</summary>
    public const int Preload = 3;

    /// <summary>Most memory of all kernel rings of a run, bytes: 64 MiB.</summary>
    public const long RingBytes = 64L << 20;
}

/// <summary>
/// Whether the running binary has more privilege than the user who started it, and what it then refuses to do for that user. The
/// whole policy is <see cref="Rules"/>; the manuals repeat its texts and a test compares them.
/// </summary>
/// <remarks>
/// Trusted are root, and the members of the group of a binary that belongs to root and that, besides root, its group alone can
/// execute (root:GROUP, mode 0750), as with dumpcap.
/// </remarks>
public static class CallerPolicy
{
    private static readonly Lazy<bool> s_trusted = new(() => Linux.getuid() == 0 || IsOfTheGroup());

    /// <summary>Every act that needs trust.</summary>
    public static IReadOnlyList<TrustRule> Rules { get; } =
    [
        new(TrustedAct.Craft, "rawping",
            "crafted packets: --hdrincl, --id, --icmp-type other than echo, --icmp-code, and --options other than rr, "
            + "tsonly and tsandaddr"),
        new(TrustedAct.ForeignSource, "rawping", "a --source address that is not this host's"),
        new(TrustedAct.FreePayload, "rawping", "--payload"),
        new(TrustedAct.Flood, "rawping",
            "-f, -l above 3, intervals below 2 ms to one host or below 1 ms between any two packets of the run, and requests "
            + "to broadcast and multicast addresses more often than once a second", WithoutPrivilege: true),
        new(TrustedAct.Inject, "pktsniff", "inject"),
        new(TrustedAct.LargeRing, "pktsniff", "kernel rings over 64 MiB in all"),
        new(TrustedAct.NoSandbox, "rawping", "--no-sandbox"),
        new(TrustedAct.NoSandbox, "pktsniff", "--no-sandbox"),
        new(TrustedAct.NoSandbox, "epollecho", "--no-sandbox"),
        new(TrustedAct.NoSandbox, "optbench", "--no-sandbox"),
        new(TrustedAct.NoSandbox, "muxbench", "--no-sandbox"),
    ];

    /// <summary>
    /// True when the binary has file capabilities, or is setuid or setgid, and its caller is not root: AT_SECURE of getauxval(3).
    /// </summary>
    public static bool IsMorePrivileged { get; } = Linux.getauxval(Linux.AT_SECURE) != 0;

    /// <summary>
    /// True for root and for members of the binary's group, see above. It stays what it was at the first reading: read it
    /// before becoming another user.
    /// </summary>
    public static bool IsTrusted => s_trusted.Value;

    /// <summary>Whether this caller may do this with this binary.</summary>
    public static bool Allows(TrustedAct act) =>
        IsTrusted || !(IsMorePrivileged || Rules.Any(rule => rule.Act == act && rule.WithoutPrivilege));

    /// <summary>Does nothing where <see cref="Allows"/> does.</summary>
    /// <param name="act">What was asked for.</param>
    /// <param name="asked">How the user asked for it, the first words of the error line: <c>--hdrincl</c>.</param>
    /// <exception cref="OperationFailedException">The caller is not trusted.</exception>
    public static void Require(TrustedAct act, string asked)
    {
        if (!Allows(act))
        {
            throw new OperationFailedException(IsMorePrivileged
                ? $"{asked}: only for root and the program's own group, because the program has more privileges than you"
                : $"{asked}: only for root", "see SECURITY CONSIDERATIONS in the manual");
        }
    }

    /// <summary>Whether a file's owner and mode limit its execution to one group, and the caller is a member.</summary>
    /// <param name="owner">The file's user id.</param>
    /// <param name="group">The file's group id.</param>
    /// <param name="mode">The file's mode, st_mode.</param>
    /// <param name="groups">The caller's groups, real and supplementary.</param>
    public static bool TrustsGroup(uint owner, uint group, int mode, ReadOnlySpan<uint> groups) =>
        owner == 0 && (mode & (Linux.S_IXGRP | Linux.S_IXOTH | Linux.S_IWOTH)) == Linux.S_IXGRP && groups.Contains(group);

    private static unsafe bool IsOfTheGroup()
    {
        statx binary;
        fixed (byte* path = "/proc/self/exe\0"u8)
        {
            if (Linux.statx(AT_FDCWD, path, 0, Linux.STATX_BASIC_STATS, &binary) != 0)
            {
                return false; // without /proc nobody but root is trusted
            }
        }

        int count = getgroups(0, null);
        uint[] groups = new uint[Math.Max(count, 0) + 1];
        groups[0] = Linux.getgid();
        fixed (uint* others = groups)
        {
            if (count > 0 && getgroups(count, (Tmds.Linux.gid_t*)(others + 1)) != count)
            {
                return false;
            }
        }

        return TrustsGroup(binary.stx_uid, binary.stx_gid, binary.stx_mode, groups);
    }
}
