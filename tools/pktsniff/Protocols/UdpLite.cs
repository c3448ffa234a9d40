using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>UDP-Lite, whose checksum covers only the first bytes: RFC 3828.</summary>
internal sealed class UdpLite : Protocol
{
    private const int PortsLength = 4;

    /// <inheritdoc/>
    public override string Name => "UDP-Lite";

    /// <inheritdoc/>
    public override string[] FieldNames =>
        ["udplite.src_port", "udplite.dst_port", "udplite.checksum_coverage", "udplite.checksum"];

    /// <inheritdoc/>
    public override bool IsIn(scoped in DecodedFrame frame) =>
        frame.Protocol == UdpLiteHeader.Protocol && frame.Transport.Length >= PortsLength && frame.FragmentOffset == 0;

    /// <inheritdoc/>
    public override bool WriteText(LineBuffer line, scoped in DecodedFrame frame, TextStyle style)
    {
        if (!IsIn(frame))
        {
            return false;
        }

        line.Name("UDP-Lite"u8).Text(" port "u8).Number(frame.SourcePort).Text(" > "u8).Number(frame.DestinationPort);
        if (frame.Has(FrameLayers.UdpLite))
        {
            int coverage = frame.UdpLite.Coverage;
            bool isWrong = TransportChecksum.HasWrongCoverage(frame);
            line.Ink(isWrong ? Ink.Alarm : Ink.Plain).Text(isWrong ? ", bad coverage "u8 : ", coverage "u8).Number(coverage)
                .Ink(Ink.Plain);
        }

        return true;
    }

    /// <inheritdoc/>
    public override bool WriteFields(FieldWriter fields, scoped in DecodedFrame frame)
    {
        if (!IsIn(frame))
        {
            return false;
        }

        fields.Begin("udplite"u8);
        fields.Number("src_port"u8, frame.SourcePort);
        fields.Number("dst_port"u8, frame.DestinationPort);
        if (frame.Has(FrameLayers.UdpLite))
        {
            fields.Number("checksum_coverage"u8, frame.UdpLite.Coverage);
            fields.Name("checksum"u8, FrameText.Checksum(TransportChecksum.Verify(frame, isPartial: false)));
        }

        fields.End();
        return true;
    }
}
