using NetTools.Packets;

namespace NetTools.Tests.PktSniff;

/// <summary>Capture files for tests.</summary>
internal static class CaptureFiles
{
    /// <summary>Writes a pcap file of Ethernet frames, a second apart.</summary>
    public static void Write(string path, IEnumerable<byte[]> frames) =>
        Write(path, frames.Select(frame => (frame, frame.Length)));

    /// <summary>Writes a pcap file of Ethernet frames, each cut to the given number of captured bytes.</summary>
    public static void Write(string path, IEnumerable<(byte[] Frame, int Captured)> frames)
    {
        using FileStream file = File.Create(path);
        byte[] header = new byte[PcapFormat.FileHeaderLength];
        PcapFormat.WriteFileHeader(header, LinkType.Ethernet, 262144, nanoseconds: false);
        file.Write(header);
        uint seconds = 1_700_000_000;
        foreach ((byte[] frame, int captured) in frames)
        {
            byte[] record = new byte[PcapFormat.RecordHeaderLength];
            PcapFormat.WriteRecordHeader(record, seconds++, 123456, captured, (uint)frame.Length);
            file.Write(record);
            file.Write(frame, 0, captured);
        }
    }

    /// <summary>The captured bytes of every frame of a pcap file of this machine's byte order.</summary>
    public static IEnumerable<byte[]> Read(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        for (int at = PcapFormat.FileHeaderLength; at < file.Length;)
        {
            int captured = BitConverter.ToInt32(file, at + 8);
            yield return file[(at + PcapFormat.RecordHeaderLength)..(at + PcapFormat.RecordHeaderLength + captured)];
            at += PcapFormat.RecordHeaderLength + captured;
        }
    }
}
