using NetTools.Tests.Binaries;
using Xunit;

namespace NetTools.Tests.Errors;

[Collection("lab")]
public class CommandLineErrorTests
{
    [Theory]
    [MemberData(nameof(HelpTests.Commands), MemberType = typeof(HelpTests))]
    public void An_unknown_option(string command) =>
        Complaint.Check($"{command} --nonsense", 2, ["--nonsense", $"(see {command.Split(' ')[0]}"]);

    [Theory]
    [InlineData("epollecho serve -p", "-p needs a value")]
    [InlineData("epollecho serve -p eighty", "not a whole number")]
    [InlineData("epollecho serve -p 65536", "65535")]
    [InlineData("epollecho serve --model thread", "is none of")]
    [InlineData("epollecho serve extra", "unexpected word \"extra\"")]
    [InlineData("epollecho load", "TARGET is missing")]
    [InlineData("epollecho load 127.0.0.1", "127.0.0.1")]
    [InlineData("epollecho load 127.0.0.1:80 -c 0", "-c")]
    [InlineData("epollecho dance", "dance")]
    [InlineData("rawping -c 1,5 127.0.0.1", "not a whole number")]
    [InlineData("rawping -i 1,5 127.0.0.1", "not a duration")]
    [InlineData("rawping -s 99999 127.0.0.1", "-s")]
    [InlineData("rawping -t 256 127.0.0.1", "-t")]
    [InlineData("rawping -4 -6 127.0.0.1", "-6")]
    [InlineData("rawping", "host")]
    [InlineData("rawping --flows 2 127.0.0.1", "--flows is for --trace only")]
    [InlineData("rawping --csv 127.0.0.1", "--csv is for --trace only")]
    [InlineData("rawping --trace -A 127.0.0.1", "-A is not for --trace")]
    [InlineData("rawping --pmtu --histogram 127.0.0.1", "--histogram is not for --pmtu")]
    [InlineData("rawping --dry-run -D 127.0.0.1", "-D is not for --dry-run")]
    [InlineData("pktsniff -c -1", "-1")]
    [InlineData("pktsniff -i lo frobnicate", "frobnicate")]
    [InlineData("pktsniff inject --hex 00", "--interface is missing")]
    [InlineData("pktsniff inject -i lo --hex zz", "--hex")]
    [InlineData("pktsniff -r /nonexistent/file", "No such file or directory")]
    [InlineData("optbench nonesuch", "nonesuch")]
    [InlineData("optbench --time -1", "--time")]
    [InlineData("optbench server -p 65536", "65535")]
    [InlineData("optbench server extra", "unexpected word \"extra\"")]
    [InlineData("muxbench --fds 0", "--fds")]
    [InlineData("muxbench --mechanisms kqueue", "kqueue")]
    [InlineData("muxbench extra", "unexpected word \"extra\"")]
    public void A_wrong_command_line(string command, string says) => Complaint.Check(command, 2, [says]);
}
