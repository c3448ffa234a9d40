using System.Text.RegularExpressions;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.Binaries;

/// <summary>
/// The user who starts a program with file capabilities chooses its environment: it must not change what the program does.
/// </summary>
[Collection("lab")]
public sealed partial class SetcapEnvironmentTests : IDisposable
{
    private const string Nobody = "65534";

    private readonly TempFolder _folder = new();
    private readonly string _open;

    public SetcapEnvironmentTests()
    {
        _open = Directory.CreateDirectory(_folder.File("open")).FullName;
        File.WriteAllBytes(_folder.File("tiny.pcap"), TinyCapture.Bytes);
        foreach (string tool in (string[])["rawping", "pktsniff"])
        {
            File.Copy(Repository.Binary(tool), _folder.File(tool));
        }

        ToolProcess.RunCommand("bash", "-ec",
            $"cd {_folder.Path}; chmod 755 . rawping pktsniff; chmod 644 tiny.pcap; chmod 777 open").Expect(0);
    }

    public void Dispose() => _folder.Dispose();

    [LabTheory(Needs.RealRoot, Needs.Setcap, Needs.Setpriv)]
    [InlineData("rawping -c 1 -q 127.0.0.1")]
    [InlineData("rawping -c 1 -q localhost")]
    [InlineData("rawping --help")]
    [InlineData("pktsniff -r ../tiny.pcap -tttt -e")]
    [InlineData("pktsniff -r ../tiny.pcap --json arp")]
    [InlineData("pktsniff -d tcp port http")]
    public void Changes_nothing(string command)
    {
        string[] words = command.Split(' ');
        string binary = _folder.File(words[0]);
        ToolProcess.RunCommand("setcap", "cap_net_raw+ep", binary).Expect(0);
        string[] asNobody = ["--reuid", Nobody, "--regid", Nobody, "--clear-groups", "env", "-i"];
        string plain = Timeless(ToolProcess.RunCommand("setpriv", [.. asNobody, binary, .. words[1..]], new() { Folder = _open })
            .Expect(0));
        string[] hostile = [.. asNobody, .. Hostile(), binary, .. words[1..]];
        Assert.Equal(plain, Timeless(ToolProcess.RunCommand("setpriv", hostile, new() { Folder = _open }).Expect(0)));
        Assert.Empty(Directory.GetFileSystemEntries(_open));

        // The same without the capability, to see that these variables would have had an effect.
        ToolProcess.RunCommand("setcap", "-r", binary).Expect(0);
        Assert.NotEqual(0, ToolProcess.RunCommand("setpriv", hostile, new() { Folder = _open }).ExitCode);
    }

    private string[] Hostile() =>
    [
        "DOTNET_GCHeapHardLimit=10000", "DOTNET_gcServer=1", "DOTNET_gcConcurrent=1", "DOTNET_GCgen0size=100",
        "DOTNET_GCHeapAffinitizeMask=8000",
        "DOTNET_DbgEnableMiniDump=1", $"DOTNET_DbgMiniDumpName={_open}/dump", "DOTNET_EnableEventPipe=1",
        $"DOTNET_EventPipeOutputPath={_open}/trace",
        $"LD_PRELOAD={_open}/none.so", $"LD_LIBRARY_PATH={_open}", "LD_DEBUG=all", $"LD_DEBUG_OUTPUT={_open}/ld",
        $"LD_PROFILE_OUTPUT={_open}",
        $"MALLOC_TRACE={_open}/malloc", $"TMPDIR={_open}", $"HOME={_open}", $"HOSTALIASES={_open}/aliases", "RES_OPTIONS=debug",
        "LANG=tr_TR.UTF-8", "LC_ALL=tr_TR.UTF-8", "LANGUAGE=tr", "TZ=Asia/Tokyo", $"TZDIR={_open}", "TERM=xterm", "COLUMNS=20",
        "PATH=/usr/bin:/bin",
    ];

    private static string Timeless(ToolResult result) => Times().Replace(result.Output, "T");

    [GeneratedRegex(@"\b\d+(\.\d+)?E-\d+|\d+:\d+:\d+\.\d+Z|\b\d+\.\d+\b|(?<=time )\d+")]
    private static partial Regex Times();
}
