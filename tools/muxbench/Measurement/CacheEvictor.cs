using System.Globalization;
using System.Runtime.InteropServices;

namespace NetTools.MuxBench.Measurement;

/// <summary>
/// Empties the caches of the CPU, first and second level, by writing to a block of memory four times as large as the second. The
/// third level is shared with other CPUs, and on a rented machine with other machines: nothing can be promised of it.
/// </summary>
internal sealed unsafe class CacheEvictor : IDisposable
{
    private const int Line = 64;
    private const int Times = 4;
    private const int Usual = 2 << 20;

    private readonly nuint _length;
    private byte* _memory;

    /// <summary>Reads how large the second-level cache of a CPU is, and takes memory.</summary>
    public CacheEvictor(int cpu)
    {
        _length = (nuint)(Times * SecondLevel(cpu));
        _memory = (byte*)NativeMemory.AllocZeroed(_length);
    }

    /// <summary>Writes to each line of the memory.</summary>
    public void Evict()
    {
        for (nuint i = 0; i < _length; i += Line)
        {
            _memory[i]++;
        }
    }

    public void Dispose()
    {
        NativeMemory.Free(_memory);
        _memory = null;
    }

    /// <summary>Bytes; 2 MiB where the kernel does not say.</summary>
    private static int SecondLevel(int cpu)
    {
        try
        {
            string text = File.ReadAllText($"/sys/devices/system/cpu/cpu{cpu}/cache/index2/size").Trim(); // such as 2048K
            return int.Parse(text.TrimEnd('K'), NumberStyles.None, CultureInfo.InvariantCulture) * 1024;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or OverflowException)
        {
            return Usual;
        }
    }
}
