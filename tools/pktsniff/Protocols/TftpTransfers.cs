using System.Buffers.Binary;
using NetTools.Os;
using NetTools.Packets;

namespace NetTools.PktSniff.Protocols;

/// <summary>
/// The hosts and ports that asked for a file by TFTP. The server answers from a port of its own (RFC 1350 4), and one with
/// several addresses perhaps from another of them: what goes to or comes from the port that asked is the transfer. A new request
/// takes the place of an old one now and then. Allocates at the first request, and nothing after that.
/// </summary>
internal sealed class TftpTransfers
{
    private const int Slots = 4096;

    private static readonly KeyedHash s_hash = new(Randomness.UInt64());

    private (UInt128 Address, int Port)[]? _clients; // no port: free

    /// <summary>Notes requests, and marks the frames of the transfers that follow.</summary>
    public void Mark(ref DecodedFrame frame)
    {
        if (!frame.Has(FrameLayers.Udp))
        {
            return;
        }

        if (frame.DestinationPort == Tftp.Port)
        {
            if (frame.SourcePort != 0 && Tftp.IsRequest(frame.Udp.Payload))
            {
                UInt128 client = Address(frame, isSource: true);
                _clients ??= new (UInt128, int)[Slots];
                _clients[Slot(client, frame.SourcePort)] = (client, frame.SourcePort);
            }
        }
        else if (_clients is { } clients
            && (IsClient(clients, frame, isSource: false) || IsClient(clients, frame, isSource: true)))
        {
            frame.Application = ProtocolTable.TftpTransfer;
        }
    }

    private static bool IsClient((UInt128 Address, int Port)[] clients, scoped in DecodedFrame frame, bool isSource)
    {
        UInt128 address = Address(frame, isSource);
        ushort port = isSource ? frame.SourcePort : frame.DestinationPort;
        return port != 0 && clients[Slot(address, port)] == (address, port);
    }

    private static int Slot(UInt128 address, ushort port) =>
        (int)(s_hash.Of((ulong)address, (ulong)(address >> 64), port) % Slots);

    private static UInt128 Address(scoped in DecodedFrame frame, bool isSource)
    {
        ReadOnlySpan<byte> address = isSource ? frame.Source : frame.Destination;
        return frame.Has(FrameLayers.IPv4) ? BinaryPrimitives.ReadUInt32BigEndian(address)
            : BinaryPrimitives.ReadUInt128BigEndian(address);
    }
}
