using System.Globalization;
using System.Text.RegularExpressions;
using NetTools.Os;
using NetTools.Tests.Support;
using Tmds.Linux;
using Xunit;

namespace NetTools.Tests.Binaries;

/// <summary>
/// One table of calls, arguments and answers, made in the place of running tools of every mode by ptrace(2), on every thread
/// that has a part in them.
/// </summary>
[Collection("lab")]
public sealed class ForbiddenCallTests : IDisposable
{
    private const int Unix = 1, Inet = 2, Netlink = 16, Packet = 17, Vsock = 40;
    private const int Stream = 1, Datagram = 2, Raw = 3;

    private static readonly int[] s_denied = [LibC.EPERM];
    private static readonly int[] s_noFile = [LibC.EPERM, LibC.EACCES];

    /// <summary>What no mode may do.</summary>
    private static readonly (string What, uint Call, object[] Arguments, int[] Errnos)[] s_everywhere =
    [
        ("types into the terminal: TIOCSTI", SystemCalls.ioctl, [0, 0x5412, 0], s_denied),
        ("pastes into the console: TIOCLINUX", SystemCalls.ioctl, [0, 0x541c, 0], s_denied),
        ("changes the line discipline: TIOCSETD", SystemCalls.ioctl, [0, 0x5423, 0], s_denied),
        ("freezes a file system: FIFREEZE", SystemCalls.ioctl, [0, 0xc0045877, 0], s_denied),
        ("opens a vsock", SystemCalls.socket, [Vsock, Stream, 0], s_denied),
        ("signals init", SystemCalls.kill, [1, 0], s_denied),
        ("signals its group", SystemCalls.kill, [0, 0], s_denied),
        ("signals everybody", SystemCalls.kill, [-1, 0], s_denied),
        ("becomes root", SystemCalls.setuid, [0], s_denied),
        ("makes a file in memory", SystemCalls.memfd_create, [0, 0], s_denied),
        ("makes memory executable", SystemCalls.mprotect, [0, 4096, 4], s_denied),
        ("maps executable memory", SystemCalls.mmap, [0, 4096, 5, 0x22], s_denied),
        ("reads the passwords", SystemCalls.openat, [-100, "/etc/shadow", 0], s_noFile),
        ("reads root's folder", SystemCalls.openat, [-100, "/root", 0x10000], s_noFile),
        ("writes to its own memory", SystemCalls.openat, [-100, "/proc/self/mem", 2], s_noFile),
        ("opens a device", SystemCalls.openat, [-100, "/dev/zero", 2], s_noFile),
        ("makes a file at the top", SystemCalls.openat, [-100, "/nettools-intruder", 0x41, 0x1ff], s_noFile),
        ("gets new system calls", 425u << 16 | 425, [1, 0], s_denied), // io_uring_setup, but for the modes that use it
    ];

    private readonly NetworkNamespaces _lab = NetworkNamespaces.Single();
    private readonly TempFolder _folder = new();

    public ForbiddenCallTests()
    {
        ToolProcess.RunCommand("gcc", "-O2", "-Wall", "-Werror", "-o", _folder.File("intruder"),
            Path.Combine(Repository.Root, "tests", "Binaries", "intruder.c")).Expect(0);
    }

    public void Dispose()
    {
        _lab.Dispose();
        _folder.Dispose();
    }

    /// <summary>A mode, what it says when it runs, and the families of sockets it may still open.</summary>
    [LabTheory(Needs.Root, Needs.Gcc)]
    [InlineData("rawping -c 0 -i 0.2 127.0.0.1", "64 bytes", "inet")]
    [InlineData("rawping -g 127.0.0.1/32 -c 1000 -i 0.2", "", "inet")]
    [InlineData("rawping --trace -c 1000 127.0.0.1", "", "inet")]
    [InlineData("epollecho serve -p 0", "listening", "none")]
    [InlineData("epollecho serve -p 0 --udp", "listening", "none")]
    [InlineData("epollecho serve -p 0 --model fork", "listening", "none")]
    [InlineData("epollecho send -g 239.1.2.3 --interface lo -n 100000 -R 5", "", "none")]
    [InlineData("pktsniff -i lo icmp", "listening", "none")]
    [InlineData("pktsniff -i lo -Z root -w OUT -C 1 -z true", "listening", "none")]
    [InlineData("pktsniff inject -i lo --hex ffffffffffff0200000000010800 --count 100000 --rate 5", "", "none")]
    [InlineData("optbench server -p 0", "listening", "inet")]
    [InlineData("epollecho load 127.0.0.1:PORT -d 600 --timeout 600", "", "local")]
    [InlineData("epollecho load 127.0.0.1:PORT -d 600 --timeout 600 -c 2 --processes 2", "", "local")]
    [InlineData("epollecho load 127.0.0.1:PORT --udp -d 600 -R 5", "", "local")]
    [InlineData("epollecho merge FIFO", "", "none")]
    [InlineData("pktsniff -r FIFO", "", "none")]
    [InlineData("optbench nodelay --time 600", "", "any")]
    [InlineData("optbench bdp --time 600", "", "network")]
    public void No_mode_makes_a_forbidden_call(string command, string ready, string sockets)
    {
        string[] words = command.Replace("OUT", _folder.File("out"), StringComparison.Ordinal)
            .Replace("FIFO", _folder.File("fifo"), StringComparison.Ordinal).Split(' ');
        if (command.Contains("FIFO", StringComparison.Ordinal))
        {
            ToolProcess.RunCommand("mkfifo", _folder.File("fifo")).Expect(0);
        }

        using ToolProcess? server = !command.Contains("PORT", StringComparison.Ordinal) ? null
            : ToolProcess.Launch("epollecho", ["serve", "-p", "0", .. words.Where(word => word == "--udp")],
                new RunOptions { Namespace = _lab.A });
        string port = server is null ? "" : Regex.Match(server.ReadLine(), @":(\d+):").Groups[1].Value;
        words = [.. words.Select(word => word.Replace("PORT", port, StringComparison.Ordinal))];
        using ToolProcess tool = ToolProcess.Launch(words[0], words[1..], new RunOptions { Namespace = _lab.A });
        DateTime giveUp = DateTime.UtcNow + RunOptions.DefaultTimeout;
        while (!IsSandboxed(tool.Id) || !(tool.OutputSoFar + tool.ErrorSoFar).Contains(ready, StringComparison.Ordinal))
        {
            Assert.True(!tool.HasExited && DateTime.UtcNow < giveUp, $"not sandboxed: {tool.ErrorSoFar}");
            Thread.Sleep(20);
        }

        (string What, uint Call, object[] Arguments, int[] Errnos)[] families =
        [
            .. sockets is "none" or "inet"
                ? [("opens a local socket", SystemCalls.socket, (object[])[Unix, Datagram, 0], s_denied)]
                : Array.Empty<(string, uint, object[], int[])>(),
            .. sockets is "none" or "inet" or "local"
                ? [
                    ("opens a netlink socket", SystemCalls.socket, (object[])[Netlink, Raw, 0], s_denied),
                    ("opens a packet socket", SystemCalls.socket, [Packet, Raw, 0], s_denied),
                    ("opens a raw socket", SystemCalls.socket, [Inet, Raw, 1], s_denied),
                ] : Array.Empty<(string, uint, object[], int[])>(),
            .. sockets == "none" ? [("opens a stream", SystemCalls.socket, (object[])[Inet, Stream, 0], s_denied)]
                : Array.Empty<(string, uint, object[], int[])>(),
        ];
        foreach ((string what, uint call, object[] arguments, int[] errnos) in s_everywhere.Concat(families))
        {
            string answer = Make(tool.Id, call, arguments);
            Assert.True(errnos.Any(errno => answer == (-errno).ToString(CultureInfo.InvariantCulture)),
                $"{command}: {what}: {answer}");
        }

        // The runtime's finalizer thread was there before the sandbox.
        foreach (string task in Directory.GetDirectories($"/proc/{tool.Id}/task"))
        {
            string answer = Make(int.Parse(Path.GetFileName(task), CultureInfo.InvariantCulture), SystemCalls.openat, -100,
                "/etc/shadow", 0);
            Assert.True(s_noFile.Any(errno => answer == (-errno).ToString(CultureInfo.InvariantCulture)),
                $"{command}: a thread reads the passwords: {answer}");
        }

        Assert.Equal("0", Make(tool.Id, SystemCalls.tgkill, tool.Id, tool.Id, 0)); // and it goes on
        if (sockets == "network") // it starts itself, and nothing else
        {
            string refused = (-LibC.EACCES).ToString(CultureInfo.InvariantCulture);
            Assert.Equal(refused, Make(tool.Id, SystemCalls.execve, "/bin/sh", 0, 0));
            Assert.Equal("ended", Make(tool.Id, SystemCalls.ptrace, 0, 0, 0));
            tool.WaitForExit().Expect(128 + 31); // SIGSYS
            return;
        }

        Assert.Equal("ended", Make(tool.Id, SystemCalls.execve, "/bin/sh", 0, 0));
        tool.WaitForExit().Expect(128 + 31); // SIGSYS
    }

    private static bool IsSandboxed(int pid) =>
        File.ReadAllText($"/proc/{pid}/status").Contains("Seccomp:\t2", StringComparison.Ordinal);

    private string Make(int thread, uint call, params object[] arguments) => ToolProcess.RunCommand(_folder.File("intruder"),
        [.. new object[] { thread, SystemCalls.Number(call) }.Concat(arguments)
            .Select(word => Convert.ToString(word, CultureInfo.InvariantCulture)!)]).Expect(0).Output.Trim();
}
