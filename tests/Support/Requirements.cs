using System.Runtime.InteropServices;

namespace NetTools.Tests.Support;

/// <summary>What a test can need of the machine.</summary>
public enum Needs
{
    /// <summary>User 0, be it in a user namespace: network namespaces, raw sockets, packet sockets.</summary>
    Root,

    /// <summary>User 0 of the machine: file capabilities, other users.</summary>
    RealRoot,

    /// <summary>The C compiler.</summary>
    Gcc,

    /// <summary>readelf and objcopy.</summary>
    Binutils,
    Tcpdump,
    Tshark,
    Tcprewrite,
    Ping,
    Fping,
    Ab,
    Wrk,
    Iperf3,
    Sockperf,
    Ss,
    Strace,
    Setpriv,
    Prlimit,
    Setcap,
    Script,
    Busybox,
    Curl,
    Mandoc,
    Gnuplot,
    Chromium,
    Shellcheck,
    Ssh,
    Sshd,
    Dropbear,

    /// <summary>GNU parallel.</summary>
    Parallel,
    Socat,
    Ncat,
    Python3,

    /// <summary>The published arm64 binaries, and qemu to run them.</summary>
    Arm64,
}

/// <summary>Answers whether the machine has what tests need.</summary>
public static class Requirements
{
    private static readonly bool s_ci = Environment.GetEnvironmentVariable("CI") == "true";

    /// <summary>Null when all needs are met, or when nothing may be skipped (CI=true); else the reason.</summary>
    public static string? ReasonToSkip(params Needs[] needs) =>
        s_ci ? null : needs.Select(Missing).FirstOrDefault(reason => reason is not null);

    private static string? Missing(Needs need) => need switch
    {
        Needs.Root => geteuid() == 0 ? null : "needs root: scripts/test.sh makes a user namespace",
        Needs.RealRoot => geteuid() == 0 && IsInitialUserNamespace() ? null : "needs the machine's root",
        Needs.Arm64 => Find("qemu-aarch64-static")
            ?? (File.Exists(Path.Combine(Repository.Arm64Binaries, Repository.Tools[0])) ? null
            : "needs the arm64 binaries: make ARCH=arm64"),
        Needs.Binutils => Find("readelf"),
        _ => Find(need.ToString().ToLowerInvariant()),
    };

    private static string? Find(string program)
    {
        IEnumerable<string> folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Concat(["/usr/sbin", "/sbin"]);
        return folders.Any(folder => File.Exists(Path.Combine(folder, program))) ? null
            : $"needs {program}: scripts/setup.sh installs it";
    }

    private static bool IsInitialUserNamespace() =>
        File.ReadAllText("/proc/self/uid_map").Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            is ["0", "0", "4294967295"];

    [DllImport("libc")]
    private static extern uint geteuid();
}
