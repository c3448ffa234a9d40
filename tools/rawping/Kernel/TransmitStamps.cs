using System.Runtime.InteropServices;
using NetTools.Libc;
using NetTools.RawPing.Probing;
using static Tmds.Linux.LibC;

namespace NetTools.RawPing.Kernel;

/// <summary>Asks for kernel stamps, and knows which probe each transmit stamp is about: timestamping.rst.</summary>
/// <param name="socket">A descriptor.</param>
internal sealed unsafe class TransmitStamps(int socket) : IDisposable
{
    private const int Flags = Linux.SOF_TIMESTAMPING_RX_SOFTWARE
        | Linux.SOF_TIMESTAMPING_SOFTWARE
        | Linux.SOF_TIMESTAMPING_OPT_ID | Linux.SOF_TIMESTAMPING_OPT_TSONLY;

    // With OPT_TX_SWHW a packet that the card stamps has the kernel's stamp all the same.
    private const int HardwareFlags = Linux.SOF_TIMESTAMPING_RX_HARDWARE | Linux.SOF_TIMESTAMPING_RAW_HARDWARE
        | Linux.SOF_TIMESTAMPING_OPT_TX_SWHW;

    // Which probe the kernel's n-th transmit stamp is about.
    private readonly ulong* _probes = (ulong*)NativeMemory.AllocZeroed(ProbeTable.Size, sizeof(ulong));
    private uint _next;
    private int _every = 1;
    private bool _inHardware;

    /// <summary>Transmit stamps are being asked for.</summary>
    public bool AreOn { get; private set; }

    /// <summary>Transmit stamps that have not come yet.</summary>
    public int Expected { get; private set; }

    /// <summary>Not every packet is stamped: each that is asks for it by a control message.</summary>
    public bool AreAskedSingly => _every > 1;

    /// <summary>The flags that ask for a transmit stamp.</summary>
    public int TransmitFlags => Linux.SOF_TIMESTAMPING_TX_SOFTWARE | (_inHardware ? Linux.SOF_TIMESTAMPING_TX_HARDWARE : 0);

    /// <summary>Asks for stamps of every message, and of transmits; their numbers begin at 0.</summary>
    /// <param name="every">
    /// Sends for each transmit stamp, a power of two; 1 asks for all. A stamp costs a system call and a packet
    /// buffer, which a flood feels.
    /// </param>
    /// <param name="hardware">Ask for the network card's, too.</param>
    public void Enable(int every, bool hardware)
    {
        _every = every;
        _inHardware = hardware;
        int flags = Flags | (hardware ? HardwareFlags : 0) | (every == 1 ? TransmitFlags : 0);
        // An old kernel may refuse; the times then come from user space alone.
        AreOn = setsockopt(socket, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof(int)) == 0;
        _next = 0;
        Expected = 0;
    }

    /// <summary>Asks for none; what is on its way still comes.</summary>
    public void Disable()
    {
        int none = 0;
        _ = setsockopt(socket, SOL_SOCKET, SO_TIMESTAMPING, &none, sizeof(int));
    }

    /// <summary>Asks again as before.</summary>
    public void EnableAgain() => Enable(_every, _inHardware);

    /// <summary>Whether the transmit stamp of this probe will be asked for.</summary>
    public bool WillStamp(ulong number) => AreOn && (number & (uint)(_every - 1)) == 0;

    /// <summary>A probe whose stamp was asked for was sent.</summary>
    public void Sent(ulong number)
    {
        _probes[(ushort)_next++] = number;
        Expected += _inHardware ? 2 : 1;
    }

    /// <summary>A stamp came.</summary>
    /// <param name="id">Its number by the kernel's count: OPT_ID.</param>
    /// <returns>The probe.</returns>
    public ulong Came(uint id)
    {
        Expected = Math.Max(0, Expected - 1);
        return _probes[(ushort)id];
    }

    /// <inheritdoc/>
    public void Dispose() => NativeMemory.Free(_probes);
}
