using System.Runtime.InteropServices;

namespace NetTools.Os;

/// <summary>Strings as execve(2) takes them: pointers to them, then a null pointer.</summary>
public sealed unsafe class NativeStrings : IDisposable
{
    private readonly int _count;

    /// <summary>Copies the texts; dispose of them after the call.</summary>
    public NativeStrings(IEnumerable<string> texts)
    {
        string[] all = [.. texts];
        _count = all.Length;
        Pointers = (byte**)NativeMemory.AllocZeroed((nuint)_count + 1, (nuint)sizeof(byte*));
        for (int i = 0; i < _count; i++)
        {
            Pointers[i] = (byte*)Marshal.StringToCoTaskMemUTF8(all[i]);
        }
    }

    /// <summary>The array that execve(2) takes.</summary>
    public byte** Pointers { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        for (int i = 0; i < _count; i++)
        {
            Marshal.FreeCoTaskMem((nint)Pointers[i]);
        }

        NativeMemory.Free(Pointers);
    }
}
