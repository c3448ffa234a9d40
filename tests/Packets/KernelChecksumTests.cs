using System.Net;
using System.Net.Sockets;
using NetTools.Packets;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.Packets;

/// <summary>The kernel's arithmetic beside ours, over lo.</summary>
[Collection("lab")]
public class KernelChecksumTests
{
    [LabFact(Needs.Root)]
    public void The_kernels_ICMPv6_checksum_is_ours() => Seeded.Run(random =>
    {
        using NetworkNamespaces single = NetworkNamespaces.Single();
        NetworkNamespaces.Inside(single.A, () =>
        {
            using Socket socket = new(AddressFamily.InterNetworkV6, SocketType.Raw,
                ProtocolType.IcmpV6)
            { ReceiveTimeout = 5000 };
            byte[] loopback = IPAddress.IPv6Loopback.GetAddressBytes();
            byte[] buffer = new byte[65536];
            for (int i = 0; i < 200; i++)
            {
                byte[] message = [200, 0, 0, 0, .. random.Bytes(random.Int(4, 300))]; // a type for experiments; nobody answers
                socket.SendTo(message, new IPEndPoint(IPAddress.IPv6Loopback, 0));
                int length = socket.Receive(buffer);
                Assert.Equal(message.Length, length);
                Assert.True(IcmpHeader.TryRead(buffer.AsSpan(0, length), out IcmpHeader icmp));
                Assert.True(icmp.ChecksumIsValidV6(loopback, loopback));
                ulong pseudo = InternetChecksum.AddPseudoHeader(0, loopback, loopback, 58, length);
                Assert.Equal(icmp.Checksum, InternetChecksum.Finish(InternetChecksum.Add(pseudo, message)));
            }
        });
    });

    [LabFact(Needs.Root)]
    public void The_kernels_IPv4_header_checksum_is_ours() => Seeded.Run(random =>
    {
        using NetworkNamespaces single = NetworkNamespaces.Single();
        NetworkNamespaces.Inside(single.A, () =>
        {
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Icmp) { ReceiveTimeout = 5000 };
            byte[] buffer = new byte[65536];
            for (int i = 0; i < 200; i++)
            {
                byte[] payload = [200, .. random.Bytes(random.Int(7, 300))];
                socket.Ttl = (short)random.Int(1, 255);
                socket.SendTo(payload, new IPEndPoint(new IPAddress([127, random.Byte(), random.Byte(), 1]), 0));
                int length = socket.Receive(buffer);
                Assert.True(IPv4Header.TryRead(buffer.AsSpan(0, length), out IPv4Header ip));
                Assert.True(ip.ChecksumIsValid);
                Assert.Equal(payload, ip.Payload.ToArray());
                byte[] header = buffer[..20];
                header[10] = header[11] = 0;
                Assert.Equal(ip.Checksum, InternetChecksum.Compute(header));
            }
        });
    });
}
