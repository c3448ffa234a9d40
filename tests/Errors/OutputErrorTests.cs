using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.Errors;

/// <summary>Standard output that takes nothing: exit code 1, and a line that says so.</summary>
[Collection("lab")]
public sealed class OutputErrorTests : IDisposable
{
    private readonly Lazy<NetworkNamespaces> _lab = new(NetworkNamespaces.Single);

    public static TheoryData<string> Commands =>
    [
        "epollecho --version", "epollecho --help",
        "epollecho load 127.0.0.1:1 -n 1 --json",
        "rawping --version", "rawping --help", "rawping -c 1 127.0.0.1", "rawping -c 1 --json 127.0.0.1",
        "pktsniff --version", "pktsniff --help", "pktsniff -r {capture}", "pktsniff -r {capture} --json",
        "optbench --version", "optbench --help", "optbench nodelay --time 1 --blocks 3",
        "optbench nodelay --time 1 --blocks 3 --json",
        "muxbench --version", "muxbench --help", "muxbench --fds 10 --blocks 3", "muxbench --fds 10 --blocks 3 --json",
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
    public void A_full_disk(string command) => Check(command, "exec \"$@\" >/dev/full", "ENOSPC: No space left on device");

    [LabTheory(Needs.Root)]
    [MemberData(nameof(Commands))]
    public void Closed_from_the_start(string command) => Check(command, "exec \"$@\" >&-", "EBADF: Bad file descriptor");

    // The reader is long gone when the tool begins: `| head -1` at its worst.
    [LabTheory(Needs.Root)]
    [MemberData(nameof(Commands))]
    public void A_reader_that_has_gone(string command) =>
        Check(command, "{ sleep 0.2; \"$@\"; } | true; exit ${PIPESTATUS[0]}", "EPIPE: Broken pipe");

    [LabTheory(Needs.Root)]
    [InlineData("muxbench --fds 10 --blocks 3 --csv /dev/full")]
    [InlineData("optbench nodelay --time 1 --blocks 3 --csv /dev/full")]
    [InlineData("pktsniff -r {capture} -w /dev/full")]
    public void A_full_disk_for_a_file(string command) =>
        Check(command, "exec \"$@\" >/dev/null", "/dev/full: ENOSPC: No space left on device");

    [LabTheory(Needs.Root)]
    [InlineData("rawping -i 0.2 127.0.0.1")]
    [InlineData("pktsniff -r {capture}")]
    public void Head_takes_its_line_and_the_tool_ends(string command)
    {
        ToolResult result = Run(command, "\"$@\" | head -n 1; exit ${PIPESTATUS[0]}");
        Assert.Single(result.OutputLines);
        Assert.InRange(result.ExitCode, 0, 1); // 0 where all fitted the pipe before head went
        Assert.DoesNotContain("   at ", result.Error);
    }

    private void Check(string command, string script, string error) =>
        Complaint.Check(Run(command, script), command.Split(' ')[0], 1, "writing ", error);

    private ToolResult Run(string command, string script)
    {
        using TempFolder folder = new();
        if (command.Contains("{capture}", StringComparison.Ordinal))
        {
            File.WriteAllBytes(folder.File("one.pcap"), TinyCapture.Bytes);
            command = command.Replace("{capture}", folder.File("one.pcap"));
        }

        string[] words = command.Split(' ');
        return ToolProcess.RunCommand("bash", ["-c", script, "bash", Repository.Binary(words[0]), .. words[1..]],
            new RunOptions { Namespace = _lab.Value.A, Timeout = TimeSpan.FromSeconds(60) });
    }
}
