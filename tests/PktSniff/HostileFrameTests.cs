using System.Globalization;
using NetTools.Packets;
using NetTools.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace NetTools.Tests.PktSniff;

/// <summary>
/// Cut and damaged frames decode and print: nothing throws, no control byte gets out, no line grows without bound.
/// </summary>
/// <remarks><c>scripts/fuzz.sh</c> runs the same for as many frames as one likes.</remarks>
public class HostileFrameTests(ITestOutputHelper log)
{
    private const int UsualFrames = 1_000_000;

    private static readonly int[] s_linkTypes =
    [
        LinkType.Raw, LinkType.Null, LinkType.LinuxCooked, LinkType.LinuxCooked2, LinkType.Ppp, LinkType.PppEthernet,
            LinkType.Nflog,
        LinkType.CiscoHdlc, 9999,
    ];
    private static readonly int[] s_fuzzedLinkTypes =
    [
        LinkType.Ethernet, LinkType.Raw, LinkType.Null, LinkType.LinuxCooked, LinkType.LinuxCooked2, LinkType.Ppp,
        LinkType.PppEthernet, LinkType.Nflog, LinkType.CiscoHdlc,
    ];
    private static readonly byte[] s_oddBytes = [0, 1, 0x0a, 0x1b, 0x3f, 0x40, 0x7f, 0x80, 0x9b, 0xc0, 0xfe, 0xff];

    [Fact]
    public void Every_truncation_prints()
    {
        using PrintedFrames printed = new();
        foreach ((_, byte[] sample) in Samples())
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
    public void Every_frame_that_the_fuzzer_found_of_use_prints()
    {
        using PrintedFrames printed = new();
        string[] corpus = Directory.GetFiles(Path.Combine(Repository.Root, "tests", "Fuzz", "corpus", "frame"));
        Assert.NotEmpty(corpus);
        foreach (byte[] input in corpus.Select(File.ReadAllBytes))
        {
            // The first byte says what the frame begins with.
            printed.Print(input[1..], input.Length - 1, s_fuzzedLinkTypes[input[0] % s_fuzzedLinkTypes.Length]);
        }

        printed.Check();
    }

    [Fact]
    public void A_million_damaged_frames_print() => Seeded.Run(random =>
    {
        int frames = Environment.GetEnvironmentVariable("NETTOOLS_FUZZ_FRAMES") is { Length: > 0 } set
            ? int.Parse(set, CultureInfo.InvariantCulture) : UsualFrames;
        using PrintedFrames printed = new();
        byte[][] samples = [.. Samples().Select(sample => sample.Bytes)];
        Random dice = new(random.Int()); // the seed's own is too slow for millions of throws
        for (int i = 0; i < frames; i++)
        {
            byte[] frame = Damage(dice, samples);
            printed.Print(frame, dice.Next(frame.Length, 65536), dice.Next(8) == 0 ? s_linkTypes[dice.Next(s_linkTypes.Length)]
                : LinkType.Ethernet);
        }

        printed.Check();
        log.WriteLine($"{frames} damaged frames, {printed.Written} bytes printed");
    });

    private static IEnumerable<(string Name, byte[] Bytes)> Samples() => [.. SampleFrames.All(), .. SampleMessages.All()];

    private static byte[] Damage(Random dice, byte[][] samples)
    {
        byte[] frame = [.. samples[dice.Next(samples.Length)]];
        if (dice.Next(4) == 0)
        {
            // The beginning of one and the end of another.
            byte[] other = samples[dice.Next(samples.Length)];
            frame = [.. frame.AsSpan(0, dice.Next(frame.Length)), .. other.AsSpan(dice.Next(other.Length))];
        }

        if (dice.Next(8) == 0 && frame.Length > 0)
        {
            // A part over and over: chains of headers, lists of records.
            int start = dice.Next(frame.Length);
            ReadOnlySpan<byte> part = frame.AsSpan(start, Math.Min(dice.Next(1, 40), frame.Length - start));
            List<byte> longer = [.. frame.AsSpan(0, start)];
            for (int times = dice.Next(1, 60); times > 0; times--)
            {
                longer.AddRange(part);
            }

            frame = [.. longer, .. frame.AsSpan(start)];
        }

        for (int changes = frame.Length == 0 ? 0 : dice.Next(0, 12); changes > 0; changes--)
        {
            ref byte changed = ref frame[dice.Next(frame.Length)];
            changed = dice.Next(3) == 0 ? s_oddBytes[dice.Next(s_oddBytes.Length)] : (byte)(changed ^ 1 << dice.Next(8));
        }

        return dice.Next(2) == 0 ? frame : frame.AsSpan(0, dice.Next(frame.Length + 1)).ToArray();
    }
}
