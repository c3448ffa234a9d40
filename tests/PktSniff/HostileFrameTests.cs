using System.Text.Json;
using Bogus;
using NetTools.Packets;
using NetTools.PktSniff;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Print;
using NetTools.Terminal;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.PktSniff;

/// <summary>Cut and damaged frames decode and print: nothing throws, no control byte gets out, no line grows without bound.</summary>
public class HostileFrameTests
{
    private static readonly int[] s_linkTypes = [LinkType.Ethernet, LinkType.Raw, LinkType.Null, LinkType.LinuxCooked, LinkType.LinuxCooked2, 9999];

    [Fact]
    public void Every_truncation_prints()
    {
        using PrintedFrames printed = new();
        foreach ((_, byte[] sample) in SampleFrames.All())
        {
            for (int length = 0; length <= sample.Length; length++)
            {
                // A copy of just that length: a read past its end would throw.
                printed.Print(sample.AsSpan(0, length).ToArray(), sample.Length, LinkType.Ethernet);
            }
        }

        printed.Check();
    }

    [Fact]
    public void A_hundred_thousand_damaged_frames_print() => Seeded.Run(random =>
    {
        using PrintedFrames printed = new();
        byte[][] samples = [.. SampleFrames.All().Select(sample => sample.Bytes)];
        for (int i = 0; i < 100_000; i++)
        {
            byte[] frame = Damage(random, samples);
            printed.Print(frame, random.Int(frame.Length, 65535), random.ArrayElement(s_linkTypes));
        }

        printed.Check();
    });

    private static byte[] Damage(Randomizer random, byte[][] samples)
    {
        byte[] frame = [.. random.ArrayElement(samples)];
        for (int flips = random.Int(1, 16); flips > 0; flips--)
        {
            frame[random.Int(0, frame.Length - 1)] ^= (byte)(1 << random.Int(0, 7));
        }

        return random.Bool() ? frame : frame.AsSpan(0, random.Int(0, frame.Length)).ToArray();
    }

    /// <summary>Prints in every style to files, and looks at what came out.</summary>
    private sealed class PrintedFrames : IDisposable
    {
        private readonly TempFolder _folder = new();
        private readonly FileStream _textFile;
        private readonly FileStream _jsonFile;
        private readonly Output _text;
        private readonly Output _json;
        private readonly IFramePrinter[] _printers;
        private long _count;

        public PrintedFrames()
        {
            _textFile = File.Create(_folder.File("text"));
            _jsonFile = File.Create(_folder.File("json"));
            _text = new Output((int)_textFile.SafeFileHandle.DangerousGetHandle(), "text");
            _json = new Output((int)_jsonFile.SafeFileHandle.DangerousGetHandle(), "json");
            _printers =
            [
                new TextPrinter(_text, new TextStyle()),
                new TextPrinter(_text, new TextStyle { LinkDetails = true, Hex = HexStyle.HexAndText }),
                new TextPrinter(_text, new TextStyle { Quick = true }),
                new JsonPrinter(_json),
            ];
        }

        public void Print(byte[] bytes, int length, int linkType)
        {
            CapturedFrame captured = new()
            {
                Bytes = bytes,
                Length = length,
                Seconds = 1,
                Origin = new FrameOrigin(null, linkType, 65535),
                PacketType = -1,
            };
            FrameDecoder.Decode(bytes, linkType, out DecodedFrame frame);
            _count++;
            foreach (IFramePrinter printer in _printers)
            {
                printer.Print(_count, captured, frame);
            }
        }

        public void Check()
        {
            _text.Flush();
            _json.Flush();
            _textFile.Dispose();
            _jsonFile.Dispose();
            byte[] text = File.ReadAllBytes(_folder.File("text"));
            Assert.DoesNotContain(text, value => value is not ((byte)'\n' or (byte)'\t' or (>= 0x20 and < 0x7f)));
            Assert.True(text.Length < _count * 4096, $"{text.Length} bytes for {_count} frames");
            long lines = 0;
            foreach (string line in File.ReadLines(_folder.File("json")))
            {
                if (lines++ % 100 == 0)
                {
                    JsonDocument.Parse(line).Dispose();
                }
            }

            Assert.Equal(_count, lines);
        }

        public void Dispose()
        {
            _textFile.Dispose();
            _jsonFile.Dispose();
            _folder.Dispose();
        }
    }
}
