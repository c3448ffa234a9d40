using System.Runtime.InteropServices.Marshalling;
using System.Text.Json;
using NetTools.Libc;
using NetTools.Sockets;
using static Tmds.Linux.LibC;

namespace NetTools.OptBench.Client;

/// <summary>
/// The far end on this machine: this program again, as <c>optbench server</c> on a free loopback port. A process of its own has
/// its own memory, scheduler entity and CPU, as a server in earnest has; a thread would share locks and garbage collection with the client.
/// </summary>
internal sealed unsafe class LocalServer : IDisposable
{
    private const string Self = "/proc/self/exe";
    private const int LineBytes = 4096;

    private readonly int _pid;

    private LocalServer(int pid, SocketAddress address, string token)
    {
        _pid = pid;
        Address = address;
        Token = token;
    }

    /// <summary>Where it listens.</summary>
    public SocketAddress Address { get; }

    /// <summary>The secret it asks for, made for this run: other users of the machine can reach its port.</summary>
    public string Token { get; }

    /// <summary>Starts the server on a CPU of its own where there are two, and keeps the caller on the other.</summary>
    /// <exception cref="OperationFailedException">There is no /proc, or the child could not start.</exception>
    public static LocalServer Start()
    {
        int[] cpus = Linux.AllowedCpus();
        if (cpus.Length > 1)
        {
            Linux.PinThread(cpus[^1]); // the child inherits it
        }

        // Guid.NewGuid would read /dev/urandom, which an empty root lacks.
        string token = $"{Linux.RandomUInt64():x16}{Linux.RandomUInt64():x16}";
        int* pipe = stackalloc int[2];
        Errno.Check(pipe2(pipe, O_CLOEXEC), "creating a pipe");
        using Descriptor read = new(pipe[0]);
        int pid;
        using (Descriptor write = new(pipe[1]))
        {
            pid = Spawn(write.Value, token);
        }

        if (cpus.Length > 1)
        {
            Linux.PinThread(cpus[0]);
        }

        string? address = ReadAddress(read.Value);
        if (address is null)
        {
            End(pid);
            throw new OperationFailedException("the local server did not start");
        }

        return new LocalServer(pid, Endpoint.Parse(address).Resolve(), token);
    }

    /// <inheritdoc/>
    public void Dispose() => End(_pid);

    private static int Spawn(int output, string token)
    {
        string[] words = ["optbench", "server", "--address", "127.0.0.1", "-p", "0", "--json"];
        byte** argv = stackalloc byte*[words.Length + 1];
        for (int i = 0; i < words.Length; i++)
        {
            argv[i] = Utf8StringMarshaller.ConvertToUnmanaged(words[i]);
        }

        byte** envp = stackalloc byte*[2];
        envp[0] = Utf8StringMarshaller.ConvertToUnmanaged($"OPTBENCH_TOKEN={token}");
        argv[words.Length] = envp[1] = null;
        byte* path = Utf8StringMarshaller.ConvertToUnmanaged(Self);

        int pid = fork();
        if (pid == 0)
        {
            // Only system calls from here to execve: the managed heap of a forked process is nobody's.
            Linux.prctl(Linux.PR_SET_PDEATHSIG, (nuint)SIGKILL, 0, 0, 0);
            dup2(output, 1);
            execve(path, argv, envp);
            execve((byte*)Linux.getauxval(Linux.AT_EXECFN), argv, envp); // there is no /proc
            _exit(127);
        }

        int errno = Errno.Last;
        for (int i = 0; i < words.Length; i++)
        {
            Utf8StringMarshaller.Free(argv[i]);
        }

        Utf8StringMarshaller.Free(envp[0]);
        Utf8StringMarshaller.Free(path);
        return pid > 0 ? pid : throw new LibcException("starting the local server", errno);
    }

    private static string? ReadAddress(int pipe)
    {
        byte* line = stackalloc byte[LineBytes];
        int used = 0;
        while (used < LineBytes && new ReadOnlySpan<byte>(line, used).IndexOf((byte)'\n') < 0)
        {
            nint got = (nint)read(pipe, line + used, LineBytes - used);
            if (got == 0 || (got < 0 && Errno.Last != EINTR))
            {
                return null;
            }

            used += (int)Math.Max(got, 0);
        }

        Utf8JsonReader json = new(new ReadOnlySpan<byte>(line, used));
        while (json.Read())
        {
            if (json.TokenType == JsonTokenType.PropertyName && json.ValueTextEquals("address"u8) && json.Read())
            {
                return json.GetString();
            }
        }

        return null;
    }

    private static void End(int pid)
    {
        kill(pid, SIGKILL); // it holds nothing that must be put in order
        int status;
        while (Linux.waitpid(pid, &status, 0) < 0 && Errno.Last == EINTR)
        {
        }
    }
}
