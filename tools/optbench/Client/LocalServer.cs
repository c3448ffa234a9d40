using System.Text;
using System.Text.Json;
using NetTools.Libc;
using NetTools.Os;
using NetTools.Sockets;

namespace NetTools.OptBench.Client;

/// <summary>
/// The far end on this machine: this program again, as <c>optbench server</c> on a free port. A process of its own has its own
/// memory, scheduler entity and CPU, as a server in earnest has; a thread would share locks and garbage collection with the
/// client.
/// </summary>
internal sealed class LocalServer : IDisposable
{
    private readonly SelfProcess _process;

    private LocalServer(SelfProcess process, SocketAddress address, string token)
    {
        _process = process;
        Address = address;
        Token = token;
    }

    /// <summary>Where it listens.</summary>
    public SocketAddress Address { get; }

    /// <summary>The secret it asks for, made for this run: other users of the machine can reach its port.</summary>
    public string Token { get; }

    /// <summary>Starts the server on <see cref="Cpus.Far"/> where there are two CPUs, and keeps the calling thread on
    /// <see cref="Cpus.Near"/>.</summary>
    /// <param name="address">Address to listen on.</param>
    /// <param name="networkNamespace">A descriptor of the network namespace to run in, or -1 for ours.</param>
    /// <exception cref="OperationFailedException">The child could not start.</exception>
    public static LocalServer Start(string address = "127.0.0.1", int networkNamespace = -1)
    {
        // Guid.NewGuid would read /dev/urandom, which an empty root lacks.
        string token = $"{Randomness.UInt64():x16}{Randomness.UInt64():x16}";
        SelfProcess process;
        if (Cpus.ArePinned)
        {
            CallingThread.PinTo(Cpus.Far); // the child inherits it
        }

        try
        {
            // A change of user would undo that it dies with its parent.
            string[] user = Linux.getuid() == 0 && Linux.geteuid() == 0 ? ["--user", "root"] : [];
            process = SelfProcess.Start(["optbench", "server", "--address", address, "-p", "0", "--json", .. user],
                $"OPTBENCH_TOKEN={token}", networkNamespace);
        }
        finally
        {
            if (Cpus.ArePinned)
            {
                CallingThread.PinTo(Cpus.Near);
            }
        }

        return new LocalServer(process, ReadAddress(process.FirstLine), token);
    }

    /// <inheritdoc/>
    public void Dispose() => _process.Dispose();

    private static SocketAddress ReadAddress(string line)
    {
        Utf8JsonReader json = new(Encoding.UTF8.GetBytes(line));
        while (json.Read())
        {
            if (json.TokenType == JsonTokenType.PropertyName && json.ValueTextEquals("address"u8) && json.Read())
            {
                return Endpoint.Parse(json.GetString() ?? "").Resolve();
            }
        }

        throw new OperationFailedException("the local server did not say where it listens");
    }
}
