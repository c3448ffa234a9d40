using NetTools.Tests.Support;

namespace NetTools.Tests.Binaries;

/// <summary>
/// Hosts that give a program little, each a line of bash that takes something away and then becomes the tool with its arguments.
/// The folder it runs in, <c>$ROOT</c>, holds all five tools and a capture file and is the root of those hosts that have one of
/// their own.
/// </summary>
internal sealed class BareHost : IDisposable
{
    public const string Capture = "tiny.pcap";

    private const string InRoot = "exec chroot . \"/${1##*/}\" \"${@:2}\"";

    private readonly TempFolder _folder = new();

    public BareHost(string name)
    {
        Line = s_hosts[name];
        foreach (string tool in Repository.Tools)
        {
            File.Copy(Repository.Binary(tool), _folder.File(tool));
        }

        File.WriteAllBytes(_folder.File(Capture), TinyCapture.Bytes);
        if (Line.Contains("busybox", StringComparison.Ordinal))
        {
            ToolProcess.RunCommand("bash", "-ec", $"cp \"$(command -v busybox)\" {_folder.Path}/").Expect(0);
        }

        if (Line.Contains("./old-kernel", StringComparison.Ordinal))
        {
            string source = Path.Combine(Repository.Root, "tests", "Binaries", "old-kernel.c");
            ToolProcess.RunCommand("gcc", "-O2", "-Wall", "-Werror", "-o", _folder.File("old-kernel"), source).Expect(0);
        }
    }

    /// <summary>The hosts by name.</summary>
    public static IEnumerable<string> Names => s_hosts.Keys;

    private static readonly Dictionary<string, string> s_hosts = new()
    {
        ["an empty root"] = InRoot,
        ["a root with busybox alone"] = "exec chroot . /busybox sh -c 'exec \"$@\"' sh \"/${1##*/}\" \"${@:2}\"",
        ["a read-only root"] =
            $"exec unshare --mount bash -ec 'mount --bind . .; cd \"$PWD\"; mount -o remount,bind,ro .; {InRoot}' bash \"$@\"",
        ["no /proc"] = "exec unshare --mount bash -ec 'mount -t tmpfs -o ro none /proc; exec \"$@\"' bash \"$@\"",
        ["no /dev"] = "exec unshare --mount bash -ec 'mount -t tmpfs -o ro none /dev; exec \"$@\"' bash \"$@\"",
        ["no environment"] = "exec env -i \"$@\"",
        ["no standard input"] = "exec \"$@\" <&-",
        ["no standard error"] = "exec \"$@\" 2>&-",
        ["neither input nor error"] = "exec \"$@\" <&- 2>&-",
        ["400 MB of address space"] = "ulimit -v 400000; exec \"$@\"",
        ["64 descriptors"] = "ulimit -n 64; exec \"$@\"",
        ["Linux 4.4"] = "exec ./old-kernel 326 \"$@\"", // its last call was mlock2
        ["Linux 3.17"] = "exec ./old-kernel 321 \"$@\"", // kexec_file_load
        ["odd variables"] = "exec env HOME=/nonexistent TMPDIR=/nonexistent LANG=de_DE.UTF-8 LC_ALL=tr_TR.UTF-8 "
            + "TZ=:/nonexistent DOTNET_gcServer=1 \"$@\"",
    };

    private string Line { get; }

    /// <summary>Starts a command line there.</summary>
    public ToolProcess Launch(string command, string networkNamespace)
    {
        string[] words = command.Split(' ');
        return ToolProcess.LaunchCommand("bash", ["-c", Line, "bash", _folder.File(words[0]), .. words[1..]],
            new RunOptions { Namespace = networkNamespace, Folder = _folder.Path });
    }

    public void Dispose() => _folder.Dispose();
}
