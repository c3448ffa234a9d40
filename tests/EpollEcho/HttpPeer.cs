using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NetTools.Tests.EpollEcho;

/// <summary>An HTTP server that does to each connection what a test wants, on a thread for each.</summary>
internal sealed class HttpPeer : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public HttpPeer(Action<PeerConnection> serve, int port = 0)
    {
        _listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        _listener.Listen(1000);
        new Thread(() => Accept(serve)) { IsBackground = true }.Start();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public string Url => $"http://127.0.0.1:{Port}/";

    public void Dispose() => _listener.Dispose();

    private void Accept(Action<PeerConnection> serve)
    {
        try
        {
            while (true)
            {
                Socket socket = _listener.Accept();
                new Thread(() =>
                {
                    using (socket)
                    {
                        try
                        {
                            serve(new PeerConnection(socket));
                        }
                        catch (Exception e) when (e is SocketException or ObjectDisposedException or EndOfStreamException)
                        {
                            // The load has closed, as it may.
                        }
                    }
                })
                { IsBackground = true }.Start();
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}

/// <summary>The server's end of one connection.</summary>
internal sealed class PeerConnection(Socket socket)
{
    private readonly byte[] _bytes = new byte[65536];
    private string _kept = "";

    public Socket Socket => socket;

    /// <summary>Reads a request with its body, by its Content-Length.</summary>
    public string Read()
    {
        while (true)
        {
            int end = _kept.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end >= 0)
            {
                string? length = _kept[..end].Split("\r\n")
                    .FirstOrDefault(line => line.StartsWith("Content-Length: ", StringComparison.Ordinal));
                end += 4 + (length is null ? 0 : int.Parse(length["Content-Length: ".Length..]));
                if (_kept.Length >= end)
                {
                    string request = _kept[..end];
                    _kept = _kept[end..];
                    return request;
                }
            }

            ReadSome();
        }
    }

    /// <summary>Reads once.</summary>
    public PeerConnection ReadSome()
    {
        int got = socket.Receive(_bytes);
        _kept += got > 0 ? Encoding.Latin1.GetString(_bytes, 0, got) : throw new EndOfStreamException();
        return this;
    }

    public PeerConnection Write(string text)
    {
        socket.Send(Encoding.Latin1.GetBytes(text));
        return this;
    }

    /// <summary>Answers requests, always the same.</summary>
    public PeerConnection Answer(string answer, int times)
    {
        for (int i = 0; i < times; i++)
        {
            Read();
            Write(answer);
        }

        return this;
    }

    public void Close(bool reset)
    {
        socket.LingerState = new LingerOption(reset, 0);
        socket.Close();
    }
}
