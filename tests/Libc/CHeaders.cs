using System.Globalization;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.Libc;

/// <summary>Asks the C compiler what the system's headers say.</summary>
internal static class CHeaders
{
    /// <summary>
    /// All headers that shared/Libc mirrors. linux/ headers stand where glibc's own say less or clash with them.
    /// </summary>
    private static readonly string[] s_includes =
    [
        "stddef.h", "stdio.h", "errno.h", "fcntl.h", "limits.h", "netdb.h", "poll.h", "pthread.h", "sched.h", "signal.h",
        "spawn.h", "time.h",
        "unistd.h", "net/if.h", "netinet/in.h", "netinet/ip.h", "netinet/ip6.h",
        "sys/auxv.h", "sys/epoll.h", "sys/eventfd.h", "sys/ioctl.h", "sys/mman.h", "sys/mount.h", "sys/prctl.h", "sys/resource.h",
        "sys/select.h",
        "sys/signalfd.h", "sys/socket.h", "sys/stat.h", "sys/syscall.h", "sys/time.h", "sys/timerfd.h", "sys/uio.h", "sys/un.h",
        "sys/utsname.h", "sys/wait.h",
        "linux/audit.h", "linux/capability.h", "linux/errqueue.h", "linux/ethtool.h", "linux/fib_rules.h", "linux/filter.h",
        "linux/icmp.h", "linux/icmpv6.h", "linux/if_addr.h", "linux/if_arp.h", "linux/if_ether.h", "linux/if_link.h",
        "linux/if_packet.h", "linux/if_tun.h", "linux/if_vlan.h", "linux/inet_diag.h", "linux/io_uring.h",
        "linux/landlock.h", "linux/net_namespace.h",
        "linux/net_tstamp.h", "linux/netlink.h", "linux/pkt_sched.h", "linux/rtnetlink.h", "linux/seccomp.h", "linux/sock_diag.h",
        "linux/sockios.h", "linux/tcp.h", "linux/udp.h", "linux/unix_diag.h", "linux/version.h", "linux/veth.h",
        "linux/virtio_net.h",
        "pcap/pcap.h",
    ];

    private static string Preamble { get; } =
        "#define _GNU_SOURCE\n" + string.Concat(s_includes.Select(name => $"#include <{name}>\n"));

    /// <summary>
    /// Evaluates constant expressions in one compiled program: the value of each, as long long, by its name.
    /// </summary>
    public static Dictionary<string, long> Evaluate(IEnumerable<(string Name, string Expression)> questions)
    {
        using TempFolder folder = new();
        IEnumerable<string> lines = questions.Select(
            question => $"    printf(\"{question.Name} %lld\\n\", (long long)({question.Expression}));\n");
        string program = $"{Preamble}\nint main(void)\n{{\n{string.Concat(lines)}    return 0;\n}}\n";
        File.WriteAllText(folder.File("ask.c"), program);
        ToolResult compiled = ToolProcess.RunCommand("gcc", "-w", "-o", folder.File("ask"), folder.File("ask.c"));
        Assert.True(compiled.ExitCode == 0,
            $"the C headers lack a name of shared/Libc, or CHeaders lacks a header: {compiled.Error}");
        return ToolProcess.RunCommand(folder.File("ask")).Expect(0).OutputLines
            .Select(line => line.Split(' '))
            .ToDictionary(words => words[0], words => long.Parse(words[1], CultureInfo.InvariantCulture));
    }

    /// <summary>Whether the installed headers know an expression at all: they may be older than a name used here.</summary>
    public static bool Knows(string expression)
    {
        using TempFolder folder = new();
        File.WriteAllText(folder.File("ask.c"), $"{Preamble}\nlong long answer = (long long)({expression});\n");
        return ToolProcess.RunCommand("gcc", "-w", "-fsyntax-only", folder.File("ask.c")).ExitCode == 0;
    }
}
