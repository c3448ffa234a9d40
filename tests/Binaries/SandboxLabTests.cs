using System.Globalization;
using System.Text.RegularExpressions;
using NetTools.Os;
using NetTools.Tests.Support;
using Tmds.Linux;
using Xunit;

namespace NetTools.Tests.Binaries;

/// <summary>
/// Running tools, as the kernel's /proc shows them: a filter, no capabilities, no way to new ones, on every thread.
/// </summary>
[Collection("lab")]
public sealed class SandboxLabTests : IDisposable
{
    private readonly Lazy<NetworkNamespaces> _lab = new(NetworkNamespaces.Single);

    /// <summary>What runs until it is stopped, and the program whose status counts.</summary>
    public static TheoryData<string> Commands =>
    [
        "rawping -c 0 -i 0.2 127.0.0.1", "epollecho serve -p 7777", "epollecho serve -p 7777 --model fork",
        "epollecho serve -p 7777 --udp",
        "epollecho send -g 239.1.2.3 --interface lo -n 100000 -R 5", "pktsniff -i lo",
        "pktsniff inject -i lo --hex ffffffffffff0200000000010800 --count 100000 --rate 5",
    ];

    public void Dispose()
    {
        if (_lab.IsValueCreated)
        {
            _lab.Value.Dispose();
        }
    }

    [LabTheory(Needs.Root)]
    [MemberData(nameof(Commands))]
    public void Keep_nothing_that_they_do_not_need(string command)
    {
        using ToolProcess tool = Launch(command);
        Await(tool, status => status["Seccomp"] == "2" && status["CapEff"] == "0000000000000000");
        foreach (Dictionary<string, string> status in Statuses(tool.Id))
        {
            Assert.Equal(("2", "1"), (status["Seccomp"], status["NoNewPrivs"]));
            Assert.Equal(("0000000000000000", "0000000000000000"), (status["CapEff"], status["CapPrm"]));
        }
    }

    [LabFact(Needs.Root)]
    public void Each_instance_of_a_server_has_its_filter()
    {
        using ToolProcess server = Launch("epollecho serve -p 7777 --instances 2");
        foreach (string line in (string[])[server.ReadUntil("listening"), server.ReadUntil("listening")])
        {
            int pid = int.Parse(Regex.Match(line, @"pid (\d+)").Groups[1].Value, null);
            Assert.All(Statuses(pid), status =>
                Assert.Equal(("2", "1", "0000000000000000"), (status["Seccomp"], status["NoNewPrivs"], status["CapEff"])));
        }

        server.Stop().Expect(0);
    }

    [LabTheory(Needs.Root)]
    [InlineData("epollecho serve -p 7777 --instances 2", "2", "0000000000000000")] // the parent
    [InlineData("epollecho serve -p 777 --instances 2", "2", "0000000000000000")] // its sockets stay open
    [InlineData("optbench server -p 7777", "2", "0000000000001000")] // CAP_NET_ADMIN, for congestion controls
    [InlineData("optbench nodelay --time 600", "2", "0000000000001000")]
    [InlineData("optbench nodelay tos --time 600", "2", "0000000000003000")] // and CAP_NET_RAW, to look at the wire
    [InlineData("muxbench --fds 1000 --blocks 100000", "0", "0000000000000000")] // its filter waits until the last call is timed
    public void Keep_only_what_they_use(string command, string filter, string capabilities)
    {
        using ToolProcess tool = Launch(command);
        // What a change of user leaves is kept by the thread that asked for it; the runtime's finalizer thread then has nothing.
        const string none = "0000000000000000";
        Await(tool, status => (status["Seccomp"], status["NoNewPrivs"]) == (filter, "1")
            && ((status["CapEff"], status["CapPrm"]) == (capabilities, capabilities)
                || (status["Name"], status["CapEff"], status["CapPrm"]) == (".NET Finalizer", none, none)));
        tool.Stop();
    }

    /// <summary>The calls are made by a debugger in the tool's place, in the midst of its work.</summary>
    [LabTheory(Needs.Root, Needs.Gcc)]
    [InlineData("rawping -c 0 -i 0.2 127.0.0.1")]
    [InlineData("epollecho serve -p 7777")]
    [InlineData("pktsniff -i lo icmp")]
    [InlineData("optbench server -p 7777")]
    public void A_forbidden_call_fails_and_a_hostile_one_ends_the_program(string command)
    {
        using TempFolder folder = new();
        string intruder = folder.File("intruder");
        ToolProcess.RunCommand("gcc", "-O2", "-Wall", "-Werror", "-o", intruder,
            Path.Combine(Repository.Root, "tests", "Binaries", "intruder.c")).Expect(0);
        using ToolProcess tool = Launch(command);
        Await(tool, status => status["Seccomp"] == "2");
        string denied = (-LibC.EPERM).ToString(CultureInfo.InvariantCulture);
        Assert.Equal(tool.Id.ToString(CultureInfo.InvariantCulture), Call(SystemCalls.getpid));
        Assert.Equal(denied, Call(SystemCalls.memfd_create));
        Assert.Equal(denied, Call(SystemCalls.setuid, 0));
        Assert.Equal(denied, Call(SystemCalls.mmap, 0, 4096, (long)(LibC.PROT_READ | LibC.PROT_EXEC),
            (long)(LibC.MAP_PRIVATE | LibC.MAP_ANONYMOUS)));
        if (command.StartsWith("rawping", StringComparison.Ordinal))
        {
            int soFar = tool.OutputSoFar.Length;
            while (tool.OutputSoFar.Length == soFar)
            {
                tool.ReadLine(); // it goes on as if nothing had been
            }
        }

        Assert.Equal("ended", Call(SystemCalls.execve));
        tool.WaitForExit().Expect(128 + 31); // SIGSYS

        string Call(uint call, params long[] arguments) => ToolProcess.RunCommand(intruder,
            [.. new long[] { tool.Id, SystemCalls.Number(call) }.Concat(arguments)
                .Select(word => word.ToString(CultureInfo.InvariantCulture))])
            .Expect(0).Output.Trim();
    }

    [LabTheory(Needs.Root)]
    [InlineData("rawping --no-sandbox -c 0 -i 0.2 127.0.0.1")]
    [InlineData("epollecho serve --no-sandbox -p 7777")]
    public void Go_without_when_told_to(string command)
    {
        using ToolProcess tool = Launch(command);
        Assert.NotEmpty(tool.ReadLine());
        Assert.All(Statuses(tool.Id), status => Assert.Equal("0", status["Seccomp"]));
    }

    /// <summary>A kernel without seccomp, played by strace: a warning once, or an error where the sandbox is required.</summary>
    [LabTheory(Needs.Root, Needs.Strace)]
    [InlineData("rawping -c 1 127.0.0.1")]
    [InlineData("pktsniff -i lo --duration 0.1")]
    [InlineData("epollecho send -g 239.1.2.3 --interface lo -n 1 x")]
    [InlineData("muxbench --fds 10 --blocks 3")]
    public void Without_seccomp_it_warns_or_fails_as_asked(string command)
    {
        string[] words = command.Split(' ');
        string[] strace = ["-f", "-o", "/dev/null", "-e", "trace=seccomp", "-e", "inject=seccomp:error=ENOSYS",
            Repository.Binary(words[0]), .. words[1..]];
        string line = $"{words[0]}: no sandbox: this kernel has no seccomp(2)";
        ToolResult warned = ToolProcess.RunCommand("strace", strace, new() { Namespace = _lab.Value.A }).Expect(0);
        Assert.Single(warned.ErrorLines, text => text == line);
        ToolResult failed = ToolProcess.RunCommand("strace", [.. strace, "--require-sandbox"], new() { Namespace = _lab.Value.A })
            .Expect(2);
        Assert.Equal(line, failed.ErrorLines[^1]);
        Assert.Contains("exclude each other",
            ToolProcess.Run(words[0], [.. words[1..], "--no-sandbox", "--require-sandbox"]).Expect(2).Error);
    }

    [LabFact(Needs.RealRoot, Needs.Setcap, Needs.Setpriv)]
    public void A_program_with_file_capabilities_keeps_its_sandbox()
    {
        using TempFolder folder = new();
        File.SetUnixFileMode(folder.Path, (UnixFileMode)0x1ED /* 0755 */);
        File.Copy(Repository.Binary("rawping"), folder.File("rawping"));
        ToolProcess.RunCommand("setcap", "cap_net_raw+ep", folder.File("rawping")).Expect(0);
        string[] command = ["--reuid=65534", "--regid=65534", "--clear-groups", folder.File("rawping"), "-c", "1", "127.0.0.1"];
        ToolProcess.RunCommand("setpriv", command, new() { Namespace = _lab.Value.A }).Expect(0);
        ToolResult refused = ToolProcess.RunCommand("setpriv", [.. command, "--no-sandbox"], new() { Namespace = _lab.Value.A })
            .Expect(2);
        Assert.Contains("--no-sandbox", Assert.Single(refused.ErrorLines), StringComparison.Ordinal);
    }

    private static void Await(ToolProcess tool, Func<Dictionary<string, string>, bool> ready)
    {
        DateTime giveUp = DateTime.UtcNow + RunOptions.DefaultTimeout;
        while (!Statuses(tool.Id).All(ready))
        {
            Assert.False(tool.HasExited, $"it ended: {tool.ErrorSoFar}");
            Assert.True(DateTime.UtcNow < giveUp, string.Join('\n', Statuses(tool.Id).SelectMany(status => status)));
            Thread.Sleep(20);
        }
    }

    /// <summary>The fields of /proc/PID/task/*/status; a thread that ends meanwhile is left out.</summary>
    private static List<Dictionary<string, string>> Statuses(int pid)
    {
        List<Dictionary<string, string>> all = [];
        foreach (string task in Directory.GetDirectories($"/proc/{pid}/task"))
        {
            try
            {
                all.Add(File.ReadLines(Path.Combine(task, "status")).Select(line => line.Split(':', 2))
                    .ToDictionary(pair => pair[0], pair => pair[1].Trim()));
            }
            catch (IOException)
            {
                // It has ended.
            }
        }

        return all;
    }

    private ToolProcess Launch(string command)
    {
        string[] words = command.Split(' ');
        return ToolProcess.Launch(words[0], words[1..], new RunOptions { Namespace = _lab.Value.A });
    }
}
