using System.Buffers.Binary;
using NetTools.Os;
using NetTools.Packets;

namespace NetTools.PktSniff.Protocols;

/// <summary>
/// The hosts and ports that asked for a file by TFTP. The server answers from a port of its own (RFC 1350 4), and one with
/// several addresses perhaps from another of them: what goes to or comes from the port that asked is the transfer. A new request
/// takes the place of an old one now and then. Allocates nothing once made.
/// </summary>
internal sealed class TftpTransfers
{
    private const int Slots = 4096;

    private readonly KeyedHash _hash = new(Randomness.UInt64());
    private readonly (UInt128 Address, int Port)[] _clients = new (UInt128, int)[Slots]; // no port: free
    private bool _any;

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
                _clients[Slot(client, frame.SourcePort)] = (client, frame.SourcePort);
                _any = true;
            }
        }
        else if (_any && (IsClient(frame, isSource: false) || IsClient(frame, isSource: true)))
        {
            frame.Application = ProtocolTable.TftpTransfer;
        }
    }

    private bool IsClient(scoped in DecodedFrame frame, bool isSource)
    {
        UInt128 address = Address(frame, isSource);
        ushort port = isSource ? frame.SourcePort : frame.DestinationPort;
        return port != 0 && _clients[Slot(address, port)] == (address, port);
    }

    private int Slot(UInt128 address, ushort port) =>
        (int)(_hash.Of((ulong)address, (ulong)(address >> 64), port) % Slots);

    private static UInt128 Address(scoped in DecodedFrame frame, bool isSource)
    {
        ReadOnlySpan<byte> address = isSource ? frame.Source : frame.Destination;
        return frame.Has(FrameLayers.IPv4) ? BinaryPrimitives.ReadUInt32BigEndian(address)
            : BinaryPrimitives.ReadUInt128BigEndian(address);
    }
}
