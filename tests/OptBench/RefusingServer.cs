using System.Net;
using System.Net.Sockets;
using NetTools.OptBench.Protocol;
using Tmds.Linux;

namespace NetTools.Tests.OptBench;

/// <summary>
/// A far end whose kernel knows none of the options: it takes jobs without any, and refuses the others as a server does.
/// </summary>
internal sealed class RefusingServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<TcpClient> _clients = [];
    private readonly Thread _thread;

    public RefusingServer()
    {
        _listener.Start();
        _thread = new Thread(Serve);
        _thread.Start();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Dispose()
    {
        _listener.Stop();
        _thread.Join();
        _clients.ForEach(client => client.Dispose());
    }

    private static void Echo(TcpClient client, JobRequest request)
    {
        byte[] message = new byte[request.RequestBytes];
        try
        {
            while (true)
            {
                client.GetStream().ReadExactly(message);
                client.GetStream().Write(new byte[request.ReplyBytes]);
            }
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // The client is gone.
        }
    }

    private void Serve()
    {
        try
        {
            while (true)
            {
                TcpClient client = _listener.AcceptTcpClient();
                _clients.Add(client);
                byte[] message = new byte[Handshake.RequestBytes];
                byte[] answer = new byte[JobAnswer.Size];
                client.GetStream().ReadExactly(message, 0, Handshake.GreetingBytes);
                Handshake.WriteChallenge(answer, new byte[TokenProof.NonceBytes]);
                client.GetStream().Write(answer);
                client.GetStream().ReadExactly(message);
                bool refuses = JobRequest.TryRead(message.AsSpan(0, JobRequest.Size), out JobRequest? request)
                    != JobStatus.Accepted || request!.Options.Count > 0;
                new JobAnswer(refuses ? JobStatus.OptionRefused : JobStatus.Accepted, refuses ? LibC.ENOPROTOOPT : 0,
                    1_000_000_000, 600_000).Write(answer);
                client.GetStream().Write(answer);
                if (!refuses)
                {
                    new Thread(() => Echo(client, request!)) { IsBackground = true }.Start();
                }
            }
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            // The listener was stopped, or a client is gone.
        }
    }
}
