using NetTools.Tests.Support;

namespace NetTools.Tests.Labs;

/// <summary>
/// A host at the other end of a veth pair whose root holds busybox and nothing else, with a real ssh server: OpenSSH, which is
/// outside and puts every session into that root, or dropbear, which is inside and whose files go once it listens.
/// It knows root, with /usr/local/bin on PATH, and the user learner.
/// </summary>
internal sealed class SshHost : IDisposable
{
    /// <summary>Makes a root of busybox and the key that opens it, in the working folder.</summary>
    public const string Common = """
        mkdir -p root/bin root/dev root/proc root/etc root/tmp root/root/.ssh root/home/learner/.ssh
        chmod 1777 root/tmp; chmod 755 . root
        cp "$(command -v busybox)" root/bin/busybox
        for name in $(root/bin/busybox --list); do [ -e root/bin/$name ] || ln -s busybox root/bin/$name; done
        mknod -m 666 root/dev/null c 1 3; mknod -m 666 root/dev/urandom c 1 9
        printf '%s\n' 'root:*:0:0::/root:/bin/sh' 'learner:*:1234:1234::/home/learner:/bin/sh' \
          'sshd:*:1235:1235::/:/bin/false' >root/etc/passwd
        printf '%s\n' 'root:x:0:' 'learner:x:1234:' >root/etc/group
        ssh-keygen -q -t ed25519 -N '' -f key
        cp key.pub root/root/.ssh/authorized_keys; cp key.pub root/home/learner/.ssh/authorized_keys
        chown -R 1234:1234 root/home/learner
        chmod 700 root/root root/root/.ssh root/home/learner/.ssh; chmod 600 root/root/.ssh/* root/home/learner/.ssh/*
        """;

    private const string OpenSsh = """
        ssh-keygen -q -t ed25519 -N '' -f hostkey
        printf '%s\n' "HostKey $PWD/hostkey" 'UsePAM no' 'StrictModes no' 'ChrootDirectory /mnt' 'PidFile none' \
          "AuthorizedKeysFile $PWD/key.pub" >sshd_config
        mount --bind root /mnt; mount --bind root/etc/passwd /etc/passwd; mount -t tmpfs tmpfs /run; mkdir /run/sshd
        echo ready
        exec "$(command -v sshd)" -D -e -f "$PWD/sshd_config"
        """;

    private const string Dropbear = """
        dropbearkey -t ed25519 -f root/hostkey >/dev/null 2>&1
        cp "$(command -v dropbear)" root/dropbear
        for library in $(ldd root/dropbear | grep -o '/[^ ]*'); do mkdir -p root${library%/*}; cp -L $library root$library; done
        chroot root /dropbear -F -E -r /hostkey -p 22 &
        until ss -Hltn sport = 22 | grep -q .; do sleep 0.05; done
        rm -r root/lib* root/dropbear; rm -rf root/usr
        echo ready
        wait
        """;

    private readonly TempFolder _folder = new();
    private readonly NetworkNamespaces _lab = NetworkNamespaces.Pair();
    private readonly ToolProcess _server;
    private readonly ToolProcess? _link;

    /// <summary>Starts the host.</summary>
    /// <param name="server">sshd or dropbear.</param>
    /// <param name="far">It has a second address behind a long link: 10 ms each way, 100 Mbit/s.</param>
    public SshHost(string server, bool far = false)
    {
        if (far)
        {
            Address = "10.88.0.2";
            _link = ToolProcess.Launch(
                "optbench", "link", "--namespace-a", _lab.A, "--namespace-b", _lab.B, "--delay", "10", "--rate", "100");
            _link.ReadUntil("link up");
        }

        string script = $"PATH=$PATH:/usr/sbin:/sbin\n{Common}\n{(server == "sshd" ? OpenSsh : Dropbear)}";
        _server = ToolProcess.LaunchCommand(
            "unshare", ["--mount", "bash", "-ec", script], new() { Namespace = _lab.B, Folder = _folder.Path });
        _server.ReadUntil("ready");
        ToolProcess.RunCommand("bash",
            ["-c", $"until true 2>/dev/null <>/dev/tcp/{NetworkNamespaces.AddressB}/22; do sleep 0.05; done"],
            new() { Namespace = _lab.A }).Expect(0);
    }

    /// <summary>The ssh command that reaches the host from its neighbour without asking anything.</summary>
    public string Ssh => SshWith(_folder.File("key"));

    /// <summary>An ssh command that uses a key and asks nothing.</summary>
    public static string SshWith(string key) =>
        $"ssh -o BatchMode=yes -o LogLevel=ERROR -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -i {key}";

    /// <summary>Where its neighbour reaches it.</summary>
    public string Address { get; } = NetworkNamespaces.AddressB;

    /// <summary>A file of the host.</summary>
    public string File(string path) => _folder.File($"root/{path}");

    /// <summary>A file of ours that goes with the host.</summary>
    public string Scratch(string name) => _folder.File(name);

    /// <summary>Starts deploy.sh of a folder of scripts on the neighbour.</summary>
    public ToolProcess Launch(string scripts, string user, IReadOnlyDictionary<string, string?> environment, params string[] args)
    {
        Dictionary<string, string?> all = new(environment);
        all.TryAdd("SSH", Ssh);
        return ToolProcess.LaunchCommand(
            "bash", [Path.Combine(scripts, "deploy.sh"), .. args, $"{user}@{Address}"],
            new() { Namespace = _lab.A, Environment = all });
    }

    /// <summary>Starts lab.sh --far of a folder of scripts on the neighbour.</summary>
    public ToolProcess LaunchLab(
        string scripts, string user, IReadOnlyDictionary<string, string?> environment, params string[] args)
    {
        Dictionary<string, string?> all = new(environment) { ["SSH"] = Ssh };
        return ToolProcess.LaunchCommand(
            "bash", [Path.Combine(scripts, "lab.sh"), "--far", $"{user}@{Address}", .. args],
            new() { Namespace = _lab.A, Environment = all });
    }

    public void Dispose()
    {
        _server.Dispose();
        _link?.Dispose();
        _lab.Dispose();
        _folder.Dispose();
    }
}
