using System.Text.Json;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Link;
using NetTools.PktSniff.Protocols;
using NetTools.PktSniff.Report;
using NetTools.Terminal;
using NetTools.Tests.Support;
using Xunit;
using static Tmds.Linux.LibC;

namespace NetTools.Tests.PktSniff;

/// <summary>Prints frames in every style, and looks at what came out every so often.</summary>
internal sealed class PrintedFrames : IDisposable
{
    private const int Batch = 2000;
    private const int LongestLine = 17 * 1024;
    private const int LongestObject = 512 * 1024;
    private const int ObjectsToParse = 64;
    private const int FramesPerDump = 8;

    private static readonly string[] s_fields =
    [
        "frame", "interface", "eth.src", "vlan", "lldp.system_name", "arp.sender_ip", "ip.src", "ip.options.value",
        "ip.extensions.protocol",
        "tcp.options.mss", "icmp.quote.src", "icmp.options.prefix", "igmp.records.group", "dns.questions.name",
        "dns.answers.data", "dhcp.host_name",
        "dhcp.options.value", "tunnel.inner.ip.src", "tunnel.inner.tunnel.inner.udp.dst_port", "mpls.label",
        "http.request.uri", "tls.handshake.extensions_server_name", "snmp.name", "dhcpv6.ia_address", "bgp.nlri_prefix",
        "tunnel.inner.dns.questions.name",
    ];

    private readonly TempFolder _folder = new();
    private readonly FileStream _file;
    private readonly Output _output;
    private readonly IFrameReport[] _printers;
    private readonly IFrameReport[] _dumps;
    private readonly IFrameReport _summary;
    private readonly TftpTransfers _transfers = new();
    private byte[] _printed = [];
    private long _count;
    private long _objects;

    public PrintedFrames()
    {
        _file = File.Create(_folder.File("printed"));
        _output = new Output(Descriptor, "printed frames");
        _summary = new SummaryReport(_output, json: false);
        _printers =
        [
            new TextReport(_output, new TextStyle()),
            new TextReport(_output, new TextStyle { LinkDetails = true, Verbose = true, Numbers = true, AbsoluteSequences = true,
                Time = TimeStyle.SincePrevious }),
            new TextReport(_output, new TextStyle { Quick = true, Time = TimeStyle.None }),
            new JsonReport(_output),
            new FieldsReport(_output, s_fields),
            _summary,
        ];
        _dumps =
        [
            new TextReport(_output, new TextStyle { Verbose = true, Hex = HexStyle.HexAndText, HexOfLink = true }),
            new TextReport(_output, new TextStyle { Quick = true, Hex = HexStyle.Text }),
        ];
    }

    /// <summary>Bytes printed and looked at so far.</summary>
    public long Written { get; private set; }

    private int Descriptor => (int)_file.SafeFileHandle.DangerousGetHandle();

    public void Print(byte[] bytes, int length, int linkType)
    {
        CapturedFrame captured = new()
        {
            Bytes = bytes,
            Length = length,
            Seconds = _count,
            Origin = new FrameOrigin(null, linkType, 65535),
            PacketType = -1,
        };
        FrameDecoder.Decode(bytes, linkType, out DecodedFrame frame);
        _transfers.Mark(ref frame);
        foreach (IFrameReport printer in _printers)
        {
            printer.Print(_count, captured, frame);
        }

        // Bytes in hex are long and the same for all protocols.
        if (_count % FramesPerDump == 0)
        {
            foreach (IFrameReport dump in _dumps)
            {
                dump.Print(_count, captured, frame);
            }
        }

        if (++_count % Batch == 0)
        {
            CheckBatch();
        }
    }

    /// <summary>Checks what was not yet looked at, and the summary.</summary>
    public void Check()
    {
        _summary.End();
        CheckBatch();
        Assert.Equal(_count, _objects);
    }

    public void Dispose()
    {
        _file.Dispose();
        _folder.Dispose();
    }

    private unsafe void CheckBatch()
    {
        _output.Flush();
        int length = (int)RandomAccess.GetLength(_file.SafeFileHandle);
        if (_printed.Length < length)
        {
            _printed = new byte[2 * length];
        }

        Assert.Equal(length, RandomAccess.Read(_file.SafeFileHandle, _printed.AsSpan(0, length), 0));
        Assert.Equal(0, ftruncate(Descriptor, 0));
        Assert.Equal(0, (long)lseek(Descriptor, 0, SEEK_SET));
        Written += length;
        for (ReadOnlySpan<byte> rest = _printed.AsSpan(0, length); !rest.IsEmpty;)
        {
            int end = rest.IndexOf((byte)'\n');
            Assert.True(end >= 0, "the last line does not end");
            CheckLine(rest[..end]);
            rest = rest[(end + 1)..];
        }
    }

    private void CheckLine(ReadOnlySpan<byte> line)
    {
        for (ReadOnlySpan<byte> rest = line; rest.IndexOfAnyExceptInRange((byte)0x20, (byte)0x7e) is int at and >= 0; rest =
            rest[(at + 1)..])
        {
            Assert.True(rest[at] == '\t', $"byte {rest[at]} was printed");
        }

        bool isObject = line.StartsWith("{\"frame\":"u8);
        if (line.Length > (isObject ? LongestObject : LongestLine))
        {
            Assert.Fail($"a line of {line.Length} bytes");
        }

        if (isObject && _objects++ % ObjectsToParse == 0)
        {
            Utf8JsonReader json = new(line);
            while (json.Read())
            {
            }
        }
    }
}
