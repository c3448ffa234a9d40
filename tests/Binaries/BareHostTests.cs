using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.Binaries;

/// <summary>Each tool does its work on hosts that give it little.</summary>
[Collection("lab")]
public sealed class BareHostTests : IDisposable
{
    /// <summary>A shell line that takes something away and then becomes the tool.</summary>
    private static readonly string[] s_shortages =
    [
        "exec env -i \"$@\"",
        "exec \"$@\" <&-",
        "exec \"$@\" 2>&-",
        "exec \"$@\" <&- 2>&-",
        "ulimit -v 400000; exec \"$@\"",
        "ulimit -n 64; exec \"$@\"",
        "cd /; exec env HOME=/nonexistent TMPDIR=/nonexistent LANG=de_DE.UTF-8 LC_ALL=tr_TR.UTF-8 DOTNET_gcServer=1 \"$@\"",
    ];

    private readonly Lazy<NetworkNamespaces> _lab = new(NetworkNamespaces.Single);

    public static TheoryData<string> Shortages => [.. s_shortages];

    public void Dispose()
    {
        if (_lab.IsValueCreated)
        {
            _lab.Value.Dispose();
        }
    }

    [LabTheory(Needs.Root)]
    [MemberData(nameof(Shortages))]
    public void Tools_do_their_work(string shortage)
    {
        foreach (string command in new[]
        {
            "rawping -c 2 -i 0.2 127.0.0.1", "rawping -c 1 ::1", "muxbench --fds 10 --blocks 3", "optbench nodelay --time 1 --blocks 3 --json",
            "pktsniff --version", "epollecho load --help",
        })
        {
            using ToolProcess process = Launch(shortage, command);
            Assert.NotEmpty(process.WaitForExit(TimeSpan.FromSeconds(60)).Expect(0).Output);
        }

        using ToolProcess server = Launch(shortage, "epollecho serve -p 7777");
        server.ReadUntil("listening");
        using ToolProcess sniffer = Launch(shortage, "pktsniff -i lo -c 1 tcp port 7777");
        while (!sniffer.HasExited)
        {
            using ToolProcess load = Launch(shortage, "epollecho load 127.0.0.1:7777 -c 10 -n 1000");
            load.WaitForExit().Expect(0);
        }

        Assert.Contains("7777", sniffer.WaitForExit().Expect(0).Output);
        server.Stop().Expect(0);
    }

    private ToolProcess Launch(string shortage, string command)
    {
        string[] words = command.Split(' ');
        return ToolProcess.LaunchCommand("bash", ["-c", shortage, "bash", Repository.Binary(words[0]), .. words[1..]],
            new RunOptions { Namespace = _lab.Value.A });
    }
}
