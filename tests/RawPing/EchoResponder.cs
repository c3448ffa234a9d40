using System.Net;
using System.Net.Sockets;
using NetTools.Packets;
using NetTools.Tests.Support;

namespace NetTools.Tests.RawPing;

/// <summary>One answer to an echo request.</summary>
/// <param name="Message">The ICMP message, checksum included.</param>
internal sealed record Answer(byte[] Message)
{
    /// <summary>The source address it claims.</summary>
    public string From { get; init; } = NetworkNamespaces.AddressB;

    /// <summary>How long to wait before it is sent.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>The answer a host should give.</summary>
    public static Answer To(byte[] request, Action<byte[]>? change = null, bool seal = true)
    {
        byte[] message = [.. request];
        message[0] = IcmpType.EchoReply;
        Seal(message);
        change?.Invoke(message);
        if (change is not null && seal)
        {
            Seal(message);
        }

        return new Answer(message);
    }

    /// <summary>What a router says about a request.</summary>
    /// <param name="request">It is quoted whole.</param>
    /// <param name="type">The type of the error.</param>
    /// <param name="code">Its code.</param>
    /// <param name="rest">The MTU, the gateway, or the pointer in the highest byte.</param>
    public static Answer About(byte[] request, byte type, byte code, uint rest = 0)
    {
        byte[] message = [.. new byte[28], .. request];
        IPv4Header.Write(message.AsSpan(8), new IPv4Fields
        {
            TotalLength = 20 + request.Length,
            Protocol = 1,
            Source = IPAddress.Parse(NetworkNamespaces.AddressA).GetAddressBytes(),
            Destination = IPAddress.Parse(NetworkNamespaces.AddressB).GetAddressBytes(),
        });
        IcmpHeader.Write(message, type, code, (ushort)(rest >> 16), (ushort)rest);
        return new Answer(message) { From = Router };
    }

    /// <summary>Who sends the errors.</summary>
    public const string Router = "10.77.0.9";

    /// <summary>Makes the checksum fit.</summary>
    public static byte[] Seal(byte[] message)
    {
        message[2] = message[3] = 0;
        ushort checksum = InternetChecksum.Compute(message);
        message[2] = (byte)(checksum >> 8);
        message[3] = (byte)checksum;
        return message;
    }
}

/// <summary>An echo request as it arrived.</summary>
/// <param name="Sequence">Its number on the wire.</param>
/// <param name="Message">The ICMP message.</param>
/// <param name="To">The address it was sent to.</param>
/// <param name="Ttl">The TTL it arrived with.</param>
internal sealed record EchoRequest(int Sequence, byte[] Message, string To, int Ttl);

/// <summary>
/// A host at the far end that answers echo requests as a test tells it to; its kernel is told to keep quiet.
/// </summary>
internal sealed class EchoResponder : IDisposable
{
    private readonly Func<EchoRequest, IEnumerable<Answer>> _answer;
    private readonly Thread _thread;
    private Socket _receive = null!;
    private Socket _send = null!;
    private volatile bool _stopping;

    /// <param name="pair">The namespaces; the responder is in B.</param>
    /// <param name="answer">From the request's sequence number and ICMP message to the answers.</param>
    public EchoResponder(NetworkNamespaces pair, Func<int, byte[], IEnumerable<Answer>> answer)
        : this(pair, request => answer(request.Sequence, request.Message))
    {
    }

    /// <param name="pair">The namespaces; the responder is in B.</param>
    /// <param name="answer">From the request to the answers.</param>
    public EchoResponder(NetworkNamespaces pair, Func<EchoRequest, IEnumerable<Answer>> answer)
    {
        _answer = answer;
        ToolProcess.RunCommand("sh", ["-c", "echo 1 > /proc/sys/net/ipv4/icmp_echo_ignore_all"],
            new RunOptions { Namespace = pair.B }).Expect(0);
        NetworkNamespaces.Inside(pair.B, () =>
        {
            _receive = new Socket(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Icmp) { ReceiveTimeout = 200 };
            _send = new Socket(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Raw);
            _send.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.HeaderIncluded, true);
        });
        _thread = new Thread(Serve) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>Sends an ICMP message to A.</summary>
    public void Send(Answer answer)
    {
        byte[] packet = [.. new byte[20], .. answer.Message];
        IPv4Header.Write(packet, new IPv4Fields
        {
            TotalLength = packet.Length,
            TimeToLive = 64,
            Protocol = 1,
            Source = IPAddress.Parse(answer.From).GetAddressBytes(),
            Destination = IPAddress.Parse(NetworkNamespaces.AddressA).GetAddressBytes(),
        });
        _send.SendTo(packet, new IPEndPoint(IPAddress.Parse(NetworkNamespaces.AddressA), 0));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping = true;
        _thread.Join(TimeSpan.FromSeconds(10));
        _receive.Dispose();
        _send.Dispose();
    }

    private void Serve()
    {
        byte[] buffer = new byte[65536];
        while (!_stopping)
        {
            int length;
            try
            {
                length = _receive.Receive(buffer);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
            {
                continue;
            }

            if (IPv4Header.TryRead(buffer.AsSpan(0, length), out IPv4Header ip)
                && IcmpHeader.TryRead(ip.Payload, out IcmpHeader icmp) && icmp.Type == IcmpType.EchoRequest)
            {
                AnswerOne(new EchoRequest(icmp.Sequence, ip.Payload.ToArray(), new IPAddress(ip.Destination).ToString(),
                    ip.TimeToLive));
            }
        }
    }

    private void AnswerOne(EchoRequest request)
    {
        foreach (Answer answer in _answer(request))
        {
            if (answer.Delay == TimeSpan.Zero)
            {
                Send(answer);
            }
            else
            {
                _ = Task.Delay(answer.Delay).ContinueWith(_ => Send(answer), TaskScheduler.Default);
            }
        }
    }
}
