namespace NetTools.PktSniff.Files;

/// <summary>
/// The options of a pcapng block one by one, in this machine's byte order. A last one that is cut off is left out.
/// </summary>
/// <param name="options">The bytes after the block's fixed part.</param>
internal ref struct PcapngOptionReader(ReadOnlySpan<byte> options)
{
    private ReadOnlySpan<byte> _rest = options;

    /// <summary>The option's code; 1 is a comment.</summary>
    public int Code { get; private set; }

    /// <summary>Its value.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>The option with code, length and padding.</summary>
    public ReadOnlySpan<byte> Whole { get; private set; }

    /// <summary>Goes to the next option.</summary>
    /// <returns>False when there is none.</returns>
    public bool Next()
    {
        if (_rest.Length < 4 || BitConverter.ToUInt16(_rest) == 0)
        {
            return false;
        }

        int length = BitConverter.ToUInt16(_rest[2..]);
        int whole = 4 + ((length + 3) & ~3);
        if (whole > _rest.Length)
        {
            return false;
        }

        Code = BitConverter.ToUInt16(_rest);
        Value = _rest.Slice(4, length);
        Whole = _rest[..whole];
        _rest = _rest[whole..];
        return true;
    }
}
