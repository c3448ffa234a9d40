using Bogus;
using NetTools.Packets;
using Xunit;
using Xunit.Abstractions;

namespace NetTools.Tests.Packets;

/// <summary>Every truncation and many flipped bits: a reader says no or reads inside its bytes, it never throws.</summary>
public class HostileHeaderTests(ITestOutputHelper log)
{
    [Fact]
    public void Every_truncation_is_safe()
    {
        foreach (byte[] sample in Samples())
        {
            for (int length = 0; length <= sample.Length; length++)
            {
                // A copy of just that length: a read past its end would throw.
                ReadEverything(sample.AsSpan(0, length).ToArray());
            }
        }
    }

    [Fact]
    public void A_hundred_thousand_flipped_bits_are_safe()
    {
        const int seed = 20260101;
        log.WriteLine($"seed {seed}");
        Randomizer random = new(seed);
        byte[][] samples = [.. Samples()];
        for (int i = 0; i < 100_000; i++)
        {
            byte[] bytes = [.. random.ArrayElement(samples)];
            for (int flips = random.Int(1, 8); flips > 0; flips--)
            {
                bytes[random.Int(0, bytes.Length - 1)] ^= (byte)(1 << random.Int(0, 7));
            }

            ReadEverything(bytes.AsSpan(0, random.Int(0, bytes.Length)).ToArray());
            ReadEverything(bytes);
        }
    }

    [Fact]
    public void Random_bytes_are_safe()
    {
        Randomizer random = new(42);
        for (int i = 0; i < 50_000; i++)
        {
            byte[] bytes = random.Bytes(random.Int(0, 120));
            if (bytes.Length > 0 && random.Bool())
            {
                bytes[0] = random.Bool() ? (byte)(0x40 | random.Int(0, 15)) : (byte)0x60;
            }

            ReadEverything(bytes);
        }
    }

    private static void ReadEverything(ReadOnlySpan<byte> bytes)
    {
        if (IPv4Header.TryRead(bytes, out IPv4Header v4))
        {
            _ = v4.TypeOfService + v4.TotalLength + v4.Identification + v4.FragmentOffset + v4.TimeToLive + v4.Protocol
                + v4.Checksum;
            _ = v4.DontFragment | v4.MoreFragments | v4.ChecksumIsValid | v4.IsTruncated;
            Assert.Equal(8, v4.Source.Length + v4.Destination.Length);
            Assert.True(v4.HeaderLength + v4.Payload.Length <= bytes.Length);
            Assert.Equal(v4.HeaderLength, IPv4Header.MinimumLength + v4.Options.Length);
            ReadIcmp(v4.Payload);
        }

        if (IPv6Header.TryRead(bytes, out IPv6Header v6))
        {
            _ = v6.TrafficClass + v6.FlowLabel + v6.PayloadLength + v6.NextHeader + v6.HopLimit;
            _ = v6.IsTruncated;
            Assert.Equal(32, v6.Source.Length + v6.Destination.Length);
            Assert.True(IPv6Header.Length + v6.Payload.Length <= bytes.Length);
            if (v6.TryReadUpperLayer(out IPv6UpperLayer upper))
            {
                Assert.True(upper.Payload.Length <= v6.Payload.Length);
                ReadIcmp(upper.Payload);
            }
        }
    }

    private static void ReadIcmp(ReadOnlySpan<byte> bytes)
    {
        if (IcmpHeader.TryRead(bytes, out IcmpHeader icmp))
        {
            _ = icmp.Type + icmp.Code + icmp.Checksum + icmp.Identifier + icmp.Sequence + icmp.Rest;
            _ = icmp.ChecksumIsValid | icmp.ChecksumIsValidV6(new byte[16], new byte[16]);
            if (IcmpQuote.TryRead(icmp.Payload, out IcmpQuote quote))
            {
                Assert.True(quote.Payload.Length < bytes.Length);
                _ = quote.Version + quote.Protocol + quote.Source.Length + quote.Destination.Length;
            }
        }
    }

    private static IEnumerable<byte[]> Samples()
    {
        byte[] error = new byte[20 + 8 + 28];
        IPv4Header.Write(error.AsSpan(28),
            new IPv4Fields { TotalLength = 84, Protocol = 1, Source = [1, 2, 3, 4], Destination = [5, 6, 7, 8] });
        IcmpHeader.Write(error.AsSpan(20), IcmpType.DestinationUnreachable, 1, 0, 0);
        IPv4Header.Write(error, new IPv4Fields
        {
            TotalLength = error.Length,
            Protocol = 1,
            Source = [9, 2, 3, 4],
            Destination = [1, 2, 3, 4]
        });
        yield return error;

        byte[] options = new byte[60 + 16];
        IcmpHeader.Write(options.AsSpan(60), IcmpType.EchoReply, 0, 1, 2);
        IPv4Header.Write(options, new IPv4Fields
        {
            TotalLength = 76,
            Protocol = 1,
            Source = new byte[4],
            Destination = new byte[4],
            Options = new byte[40]
        });
        yield return options;

        byte[] v6 = new byte[40 + 8 + 8 + 8 + 48];
        IPv6Header.Write(v6.AsSpan(64),
            new IPv6Fields { PayloadLength = 8, NextHeader = 58, Source = new byte[16], Destination = new byte[16] });
        IcmpHeader.Write(v6.AsSpan(56), Icmpv6Type.PacketTooBig, 0, 0, 1280);
        v6[40] = 44;
        v6[48] = 58;
        IPv6Header.Write(v6, new IPv6Fields
        {
            PayloadLength = v6.Length - 40,
            NextHeader = 0,
            Source = new byte[16],
            Destination = new byte[16]
        });
        yield return v6;
    }
}
