using NetTools.Os;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Files;
using NetTools.PktSniff.Link;
using NetTools.PktSniff.Report;
using NetTools.Terminal;

namespace NetTools.Fuzz;

/// <summary>
/// What is fuzzed: a frame is decoded and printed in every style; a pcapng file is read, its frames too, and written again. Only
/// an error meant for a user may come out.
/// </summary>
internal sealed class Target : IDisposable
{
    private static readonly int[] s_linkTypes =
    [
        LinkType.Ethernet, LinkType.Raw, LinkType.Null, LinkType.LinuxCooked, LinkType.LinuxCooked2, LinkType.Ppp,
        LinkType.PppEthernet, LinkType.Nflog, LinkType.CiscoHdlc,
    ];

    private readonly bool _isFile;
    private readonly string _path = Path.Combine("/dev/shm", $"nettools-fuzz-{Environment.ProcessId}");
    private readonly FileStream _sink = new("/dev/null", FileMode.Open, FileAccess.Write);
    private readonly IFrameReport[] _printers;
    private readonly CaptureOutput _copy = new(
        new FileSettings { Path = "/dev/null", Pcapng = true, Comment = "copied", Filter = "tcp" }, [], () => [], null, null);
    private long _number;

    public Target(bool isFile)
    {
        _isFile = isFile;
        Output output = new((int)_sink.SafeFileHandle.DangerousGetHandle(), "nowhere");
        _printers =
        [
            new TextReport(output, new TextStyle { LinkDetails = true, Verbose = true, Hex = HexStyle.HexAndText }),
            new TextReport(output, new TextStyle { Quick = true }),
            new JsonReport(output),
            new FieldsReport(output, ["ip.src", "dns.questions.name", "tunnel.inner.ip.src"]),
            new SummaryReport(output, json: false),
        ];
        _copy.Open();
    }

    public void Run(Stream input)
    {
        using MemoryStream copy = new();
        input.CopyTo(copy);
        Run(copy.ToArray());
    }

    public void Run(byte[] input)
    {
        if (!_isFile)
        {
            // The first byte says what the frame begins with.
            int linkType = input.Length == 0 ? LinkType.Ethernet : s_linkTypes[input[0] % s_linkTypes.Length];
            byte[] bytes = input.Length == 0 ? [] : input[1..];
            FrameOrigin origin = new(null, linkType, 65535);
            Print(new CapturedFrame { Bytes = bytes, Length = bytes.Length, Origin = origin, PacketType = -1 });
            return;
        }

        File.WriteAllBytes(_path, input);
        try
        {
            Read();
        }
        catch (OperationFailedException)
        {
        }
    }

    public void Dispose()
    {
        _copy.Dispose();
        _sink.Dispose();
        File.Delete(_path);
    }

    private void Read()
    {
        ByteSource source = ByteSource.Open(_path, null);
        if (!PcapngReader.Knows(source.Peek(4)))
        {
            source.Dispose();
            return; // libpcap reads it
        }

        using PcapngReader reader = new(source);
        CapturedFrame frame = default;
        for (SavedItem item; (item = reader.Next(ref frame)) != SavedItem.End;)
        {
            switch (item)
            {
                case SavedItem.Section:
                    _copy.BeginSection(reader.Block);
                    break;
                case SavedItem.Interface:
                    _copy.Begin(reader.Origin);
                    break;
                case SavedItem.Block:
                    _copy.HandOn(reader.Block);
                    break;
                default:
                    Print(frame);
                    _copy.Add(frame);
                    break;
            }
        }
    }

    private void Print(scoped in CapturedFrame captured)
    {
        FrameDecoder.Decode(captured.Bytes, captured.Origin.LinkType, out DecodedFrame frame);
        foreach (IFrameReport printer in _printers)
        {
            printer.Print(++_number, captured, frame);
        }
    }
}
