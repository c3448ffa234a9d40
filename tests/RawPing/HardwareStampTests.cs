using NetTools.Libc;
using NetTools.Packets;
using NetTools.RawPing.Kernel;
using NetTools.RawPing.Ping;
using NetTools.RawPing.Probing;
using NetTools.RawPing.Results;
using NetTools.RawPing.Wire;
using Tmds.Linux;
using Xunit;
using static NetTools.Libc.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.Tests.RawPing;

/// <summary>Network cards with a clock, on paper: the machines that test this have none.</summary>
public sealed class HardwareStampTests : IDisposable
{
    private const ushort Id = 7;
    private const uint All = SOF_TIMESTAMPING_TX_HARDWARE | SOF_TIMESTAMPING_RX_HARDWARE | SOF_TIMESTAMPING_RAW_HARDWARE;
    private const uint Software = SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
    private static readonly HostAddress s_target = HostAddress.FromBytes([10, 0, 0, 2]);

    private readonly ProbeTable _probes = new();
    private readonly EchoPayload _payload = new(56, pattern: null);
    private readonly TargetResult _result = new(new Target("t", s_target));
    private readonly Inbox _inbox;

    public HardwareStampTests() => _inbox = new Inbox(
        _probes, new ReplyMatcher(_probes, _payload, [_result.Target], Id), [_result], new SilentObserver(),
        new PingSettings { Targets = [_result.Target] }, new HardwareTimes());

    public void Dispose() => _probes.Dispose();

    [Theory]
    [InlineData(Software, 0, 0, null, null, HardwareClock.None)] // veth, lo
    [InlineData(All | Software, 3, 3, 1, 1, HardwareClock.On)]
    [InlineData(All | Software, 3, 3, 0, 0, HardwareClock.Off)]
    [InlineData(All | Software, 3, 3, 1, 12, HardwareClock.Off)] // turned on for PTP alone
    [InlineData(All | Software, 3, 3, 0, 1, HardwareClock.Off)]
    [InlineData(All | Software, 3, 3, null, null, HardwareClock.On)] // an old driver does not say
    [InlineData(All | Software, 3, 0x1000, 1, 12, HardwareClock.None)] // cannot stamp all packets
    [InlineData(All | Software, 1, 3, 0, 0, HardwareClock.None)]
    [InlineData(SOF_TIMESTAMPING_RX_HARDWARE | SOF_TIMESTAMPING_RAW_HARDWARE, 1, 3, 0, 1, HardwareClock.None)]
    public void An_interface_is_judged_by_its_answers(long can, int transmits, int receipts, int? tx, int? rx, object expected)
    {
        ethtool_ts_info info = new() { so_timestamping = (uint)can, tx_types = (uint)transmits, rx_filters = (uint)receipts };
        Assert.Equal(expected, HardwareStamps.ClockOf(
            info, tx is null ? null : new hwtstamp_config { tx_type = tx.Value, rx_filter = rx!.Value }));
    }

    [Fact]
    public void The_loopback_interface_has_none()
    {
        Assert.Equal(HardwareStamps.None, HardwareStamps.Find("lo"));
        Assert.Equal(HardwareStamps.None, HardwareStamps.Find("nosuchcard"));
    }

    [Theory]
    [InlineData(5, 0)]
    [InlineData(0, 9)]
    [InlineData(5, 9)]
    public unsafe void EachClockIsReadFromItsOwnPlace(long kernel, long hardware)
    {
        byte* control = stackalloc byte[128];
        new Span<byte>(control, 128).Clear();
        var header = (cmsghdr*)control;
        header->cmsg_len = CMSG_LEN(sizeof(scm_timestamping));
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_TIMESTAMPING;
        var stamps = (scm_timestamping*)CMSG_DATA(header);
        *stamps = new scm_timestamping
        {
            ts0 = new timespec { tv_sec = kernel, tv_nsec = (int)kernel },
            ts1 = new timespec { tv_sec = 77 },
            ts2 = new timespec { tv_sec = hardware, tv_nsec = (int)hardware },
        };
        msghdr message = new() { msg_control = control, msg_controllen = CMSG_SPACE(sizeof(scm_timestamping)) };
        Received received = default;
        PingSocket.ReadControl(&message, ref received);
        Assert.Equal((kernel * 1_000_000_001, hardware * 1_000_000_001), (received.KernelReceived, received.HardwareReceived));
    }

    [Fact]
    public void Each_clock_has_a_round_trip_of_its_own()
    {
        // The card's clock stands at 77 seconds, the kernel's far from there.
        ulong number = Send(at: 5_000_000);
        _inbox.Take(new TransmitStamp(number, 5_010_000, 0));
        _inbox.Take(new TransmitStamp(number, 0, 77_000_000_000));
        Answer(number, now: 5_100_000, kernel: 5_090_000, hardware: 77_000_030_000);
        Assert.Equal((1, 80_000), (_result.KernelRtt.Count, _result.KernelRtt.Max));
        Assert.Equal((1, 30_000), (_result.HardwareRtt.Count, _result.HardwareRtt.Max));
    }

    [Fact]
    public void One_clocks_stamp_is_never_taken_from_the_others()
    {
        // One way the card stamped, the other way the kernel alone, by clocks that happen to be near each other.
        ulong number = Send(at: 5_000_000);
        _inbox.Take(new TransmitStamp(number, 0, 5_010_000));
        Answer(number, now: 5_100_000, kernel: 5_090_000, hardware: 0);
        number = Send(at: 6_000_000);
        _inbox.Take(new TransmitStamp(number, 6_010_000, 0));
        Answer(number, now: 6_100_000, kernel: 0, hardware: 6_090_000);
        Assert.Equal((2, 0, 0), (_result.Received, _result.KernelRtt.Count, _result.HardwareRtt.Count));
    }

    [Fact]
    public void A_transmit_stamp_may_come_after_the_reply()
    {
        ulong number = Send(at: 5_000_000);
        Answer(number, now: 5_100_000, kernel: 5_090_000, hardware: 300);
        Assert.Equal(0, _result.HardwareRtt.Count);
        _inbox.Take(new TransmitStamp(number, 0, 100));
        _inbox.Take(new TransmitStamp(number, 0, 150)); // a second one counts for nothing
        Assert.Equal((1, 200), (_result.HardwareRtt.Count, _result.HardwareRtt.Max));
    }

    [Fact]
    public void Stamps_of_two_cards_make_no_time()
    {
        ulong number = Send(at: 5_000_000);
        _inbox.Take(new TransmitStamp(number, 0, 1_000));
        Answer(number, now: 5_100_000, kernel: 0, hardware: 9_000_000_000); // longer than the round trip can have been
        number = Send(at: 6_000_000);
        _inbox.Take(new TransmitStamp(number, 0, 9_000_000_000));
        Answer(number, now: 6_100_000, kernel: 0, hardware: 1_000);
        Assert.Equal((2, 0), (_result.Received, _result.HardwareRtt.Count));
    }

    [Fact]
    public void A_stamp_from_65536_requests_ago_is_forgotten()
    {
        ulong number = Send(at: 1_000);
        for (int i = 0; i < ProbeTable.Size; i++)
        {
            Send(at: 5_000_000);
        }

        _inbox.Take(new TransmitStamp(number, 1_100, 1_100));
        Answer(_probes.Newest, now: 5_100_000, kernel: 5_090_000, hardware: 2_000);
        Assert.Equal((1, 0, 0), (_result.Received, _result.KernelRtt.Count, _result.HardwareRtt.Count));
    }

    private ulong Send(long at)
    {
        _probes.Add(0, (uint)_probes.Newest + 1, now: at, realtime: at);
        return _probes.Newest;
    }

    private void Answer(ulong number, long now, long kernel, long hardware)
    {
        byte[] message = new byte[64];
        _payload.WritePattern(message.AsSpan(IcmpHeader.Length));
        _payload.WriteNonce(message.AsSpan(IcmpHeader.Length), number);
        IcmpHeader.Write(message, IcmpType.EchoReply, 0, Id, (ushort)number);
        _inbox.Take(new Received
        {
            Message = message,
            Source = s_target,
            Ttl = 64,
            Now = now,
            Realtime = now,
            KernelReceived = kernel,
            HardwareReceived = hardware,
        });
    }
}
