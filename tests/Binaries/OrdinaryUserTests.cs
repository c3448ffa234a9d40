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
