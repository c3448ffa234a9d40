using System.Text.RegularExpressions;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.Binaries;

/// <summary>Running tools, as the kernel's /proc shows them: a filter, no capabilities, no way to new ones, on every thread.</summary>
[Collection("lab")]
public sealed class SandboxLabTests : IDisposable
{
    private readonly Lazy<NetworkNamespaces> _lab = new(NetworkNamespaces.Single);

    /// <summary>What runs until it is stopped, and the program whose status counts.</summary>
    public static TheoryData<string> Commands =>
    [
        "rawping -c 0 -i 0.2 127.0.0.1", "epollecho serve -p 7777", "epollecho serve -p 7777 --model fork", "epollecho serve -p 7777 --udp",
        "pktsniff -i lo", "pktsniff inject -i lo --hex ffffffffffff0200000000010800 --count 100000 --rate 5",
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
            Assert.All(Statuses(pid), status => Assert.Equal(("2", "1", "0000000000000000"), (status["Seccomp"], status["NoNewPrivs"], status["CapEff"])));
        }

        server.Stop().Expect(0);
    }

    [LabFact(Needs.Root)]
    public void The_far_end_of_optbench_has_a_filter()
    {
        using ToolProcess server = Launch("optbench server -p 7777");
        server.ReadUntil("listening");
        Assert.All(Statuses(server.Id), status => Assert.Equal(("2", "1"), (status["Seccomp"], status["NoNewPrivs"])));
        server.Stop().Expect(0);
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

    [LabFact(Needs.RealRoot, Needs.Setcap, Needs.Setpriv)]
    public void A_program_with_file_capabilities_keeps_its_sandbox()
    {
        using TempFolder folder = new();
        File.SetUnixFileMode(folder.Path, (UnixFileMode)0x1ED /* 0755 */);
        File.Copy(Repository.Binary("rawping"), folder.File("rawping"));
        ToolProcess.RunCommand("setcap", "cap_net_raw+ep", folder.File("rawping")).Expect(0);
        string[] command = ["--reuid=65534", "--regid=65534", "--clear-groups", folder.File("rawping"), "-c", "1", "127.0.0.1"];
        ToolProcess.RunCommand("setpriv", command, new() { Namespace = _lab.Value.A }).Expect(0);
        ToolResult refused = ToolProcess.RunCommand("setpriv", [.. command, "--no-sandbox"], new() { Namespace = _lab.Value.A }).Expect(2);
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
                all.Add(File.ReadLines(Path.Combine(task, "status")).Select(line => line.Split(':', 2)).ToDictionary(pair => pair[0], pair => pair[1].Trim()));
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
