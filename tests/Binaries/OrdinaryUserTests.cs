using System.Globalization;
using NetTools.Tests.PktSniff;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.Binaries;

/// <summary>What an ordinary user may do with each tool, and what a setuid copy keeps from him.</summary>
[Collection("lab")]
public class OrdinaryUserTests
{
    [LabTheory(Needs.RealRoot, Needs.Setpriv)]
    [InlineData("epollecho", "load 127.0.0.1:PORT -n 20")]
    [InlineData("epollecho", "load 127.0.0.1:PORT -c 2 -n 20 --processes 2 --hlog OUT")]
    [InlineData("epollecho", "send --group 239.1.1.1 --interface lo hello")]
    [InlineData("epollecho", "merge LOG")]
    [InlineData("muxbench", "--fds 10 --blocks 3 --csv OUT")]
    [InlineData("optbench", "v6only --csv OUT")]
    [InlineData("pktsniff", "-r IN -w OUT")]
    [InlineData("rawping", "--dry-run 127.0.0.1")]
    public void Needs_no_privilege(string tool, string words)
    {
        using EpollEcho.EchoServer server = new();
        using TempFolder folder = new();
        using OrdinaryUser user = new(tool);
        CaptureFiles.Write(folder.File("in"), [SampleFrames.Ethernet(0x88b5, [1, 2, 3, 4])]);
        if (words.Contains("LOG"))
        {
            ToolProcess.Run("epollecho", "load", $"127.0.0.1:{server.Port}", "-n", "5", "--hlog", folder.File("log")).Expect(0);
        }

        ToolProcess.RunCommand("chmod", "-R", "a+rwX", folder.Path).Expect(0);
        user.Run(words.Replace("PORT", $"{server.Port}").Replace("OUT", folder.File("out")).Replace("IN", folder.File("in"))
            .Replace("LOG", folder.File("log")).Split(' ')).Expect(0);
    }

    /// <summary>The table of nettools(7), row by row; a row that says something else is not tested, and so an error.</summary>
    [LabTheory(Needs.RealRoot, Needs.Setpriv)]
    [InlineData("epollecho", "everything; ports below 1024 need CAP_NET_BIND_SERVICE",
        "serve -p 80 = 2 CAP_NET_BIND_SERVICE", "load 127.0.0.1:9 -n 1 = 1", "check 127.0.0.1:9 = 2")]
    [InlineData("rawping", "ping, where net.ipv4.ping_group_range has the user's group; else after nettools-setcap or by sudo",
        "-c 1 127.0.0.1 = 2 CAP_NET_RAW", "--dry-run 127.0.0.1 = 0", "GROUPS -c 1 127.0.0.1 = 0",
        "GROUPS --hdrincl -c 1 127.0.0.1 = 2",
        "SETCAP -c 1 127.0.0.1 = 0")]
    [InlineData("pktsniff", "read files; capture and inject after nettools-setcap or by sudo",
        "-r IN -w OUT = 0", "-i lo = 2 CAP_NET_RAW", "inject -i lo IN = 2 CAP_NET_RAW", "SETCAP -i lo --duration 0.1 = 0")]
    [InlineData("optbench", "all experiments but those that say \"not run\" with the reason; link needs root",
        "v6only = 0", "bdp = 0 network namespaces", "link --namespace-a A_NS --namespace-b B_NS --delay 1 = 2 EPERM|EACCES")]
    [InlineData("muxbench", "everything", "--fds 10 --blocks 3 = 0")]
    public void May_do_what_the_table_says(string tool, string says, params string[] commands)
    {
        string manual = File.ReadAllText(Path.Combine(Repository.Root, "scripts/dist/nettools.7"));
        Assert.Contains($".It {tool} Ta {says}\n", manual, StringComparison.Ordinal);
        using NetworkNamespaces lab = NetworkNamespaces.Pair();
        using TempFolder folder = new();
        using OrdinaryUser user = new(tool);
        CaptureFiles.Write(folder.File("in"), [SampleFrames.Ethernet(0x88b5, [1, 2, 3, 4])]);
        ToolProcess.RunCommand("chmod", "-R", "a+rwX", folder.Path).Expect(0);
        foreach (string[] parts in commands.Select(command => command.Split(" = ")))
        {
            string words = parts[0].Replace("IN", folder.File("in")).Replace("OUT", folder.File("out"))
                .Replace("A_NS", lab.A).Replace("B_NS", lab.B);
            bool groups = words.StartsWith("GROUPS ", StringComparison.Ordinal);
            if (words.StartsWith("SETCAP ", StringComparison.Ordinal))
            {
                user.Setcap();
            }

            NetworkNamespaces.Inside(lab.A, () => File.WriteAllText("/proc/sys/net/ipv4/ping_group_range",
                groups ? $"{OrdinaryUser.Number} {OrdinaryUser.Number}" : "1 0"));
            string[] wanted = parts[1].Split(' ', 2);
            ToolResult result = user.Run([.. words.Split(' ').Where(word => word is not ("SETCAP" or "GROUPS"))],
                new() { Namespace = lab.A }).Expect(int.Parse(wanted[0], CultureInfo.InvariantCulture));
            Assert.True(wanted.Length == 1 || wanted[1].Split('|').Any((result.Output + result.Error).Contains),
                $"{words}: {result.Output}{result.Error}");
        }
    }

    [LabTheory(Needs.RealRoot, Needs.Setpriv)]
    [InlineData("epollecho", "load 127.0.0.1:9 -n 1 --log FILE")]
    [InlineData("epollecho", "load 127.0.0.1:9 -n 1 --hlog FILE")]
    [InlineData("epollecho", "load http://127.0.0.1:9/ -n 1 --body @FILE")]
    [InlineData("epollecho", "merge FILE")]
    [InlineData("muxbench", "--fds 10 --csv FILE")]
    [InlineData("optbench", "v6only --csv FILE")]
    [InlineData("pktsniff", "-r FILE")]
    [InlineData("rawping", "-F FILE")]
    public void A_setuid_copy_opens_files_as_its_caller(string tool, string words)
    {
        using TempFolder folder = new();
        using OrdinaryUser user = new(tool, "4755");
        string secret = folder.File("secret");
        File.WriteAllText(secret, "known to root\n");
        ToolProcess.RunCommand("chmod", "755", folder.Path).Expect(0);
        ToolProcess.RunCommand("chmod", "600", secret).Expect(0);

        ToolResult result = user.Run(words.Replace("FILE", secret).Split(' ')).Expect(2);

        Assert.Contains("EACCES", Assert.Single(result.ErrorLines), StringComparison.Ordinal);
        Assert.Equal("known to root\n", File.ReadAllText(secret));
    }

    [LabTheory]
    [InlineData("merge /dev/zero")]
    [InlineData("load http://127.0.0.1:9/ -n 1 --body @/dev/zero")]
    public void A_file_without_end_is_read_up_to_a_bound(string words)
    {
        ToolResult result = ToolProcess.Run("epollecho", words.Split(' ')).Expect(2);
        Assert.Contains("it has more than", Assert.Single(result.ErrorLines), StringComparison.Ordinal);
    }
}
