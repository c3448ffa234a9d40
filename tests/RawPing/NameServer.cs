using System.Net;
using System.Net.Sockets;
using System.Text;
using NetTools.PktSniff.Protocols;
using NetTools.Tests.Support;

namespace NetTools.Tests.RawPing;

/// <summary>A name server at the far end that answers as a test tells it to, or lies, or keeps quiet.</summary>
internal sealed class NameServer : IDisposable
{
    public const ushort A = 1;
    public const ushort Pointer = 12;
    public const ushort Aaaa = 28;

    private readonly Func<string, ushort, byte[]?> _data;
    private readonly Func<byte[], IEnumerable<byte[]>> _send;
    private readonly Thread _thread;
    private Socket _socket = null!;
    private volatile bool _stopping;

    /// <param name="pair">The namespaces; the server is in B.</param>
    /// <param name="data">
    /// From the name and the type that are asked for to the record's data; null keeps quiet, nothing is "no such name".
    /// </param>
    /// <param name="send">From the right answer to what is sent; null sends the right one.</param>
    public NameServer(NetworkNamespaces pair, Func<string, ushort, byte[]?> data, Func<byte[], IEnumerable<byte[]>>? send = null)
    {
        _data = data;
        _send = send ?? (answer => [answer]);
        NetworkNamespaces.Inside(pair.B, () =>
        {
            _socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 200 };
            _socket.Bind(new IPEndPoint(IPAddress.Parse(NetworkNamespaces.AddressB), 53));
        });
        _thread = new Thread(Serve) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>A name as it stands in a message, its labels taken as they are.</summary>
    public static byte[] Name(params string[] labels) =>
        [.. labels.SelectMany(label => (byte[])[(byte)label.Length, .. Encoding.Latin1.GetBytes(label)]), 0];

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping = true;
        _thread.Join(TimeSpan.FromSeconds(10));
        _socket.Dispose();
    }

    private void Serve()
    {
        byte[] buffer = new byte[4096];
        while (!_stopping)
        {
            EndPoint from = new IPEndPoint(IPAddress.Any, 0);
            int length;
            try
            {
                length = _socket.ReceiveFrom(buffer, ref from);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
            {
                continue;
            }

            byte[] query = buffer[..length];
            int end = DnsMessage.HeaderLength;
            if (!DnsMessage.TryRead(query, out DnsMessage message) || !message.TryReadQuestion(ref end, out DnsRecord question))
            {
                continue;
            }

            List<string> labels = [];
            for (DnsLabelReader reader = new(query, question.NameAt); reader.Next();)
            {
                labels.Add(Encoding.Latin1.GetString(reader.Label));
            }

            if (_data(string.Join('.', labels), question.Type) is byte[] data)
            {
                foreach (byte[] answer in _send(Answer(query[..end], question.Type, data)))
                {
                    _socket.SendTo(answer, from);
                }
            }
        }
    }

    private static byte[] Answer(byte[] question, ushort type, byte[] data)
    {
        byte[] answer = [.. question];
        (answer[2], answer[3]) = (0x81, (byte)(data.Length > 0 ? 0x80 : 0x83)); // a recursive answer; or no such name
        answer.AsSpan(6, 6).Clear();
        if (data.Length == 0)
        {
            return answer;
        }

        answer[7] = 1;
        return [.. answer, 0xc0, 12, 0, (byte)type, 0, 1, 0, 0, 0, 60, (byte)(data.Length >> 8), (byte)data.Length, .. data];
    }
}
