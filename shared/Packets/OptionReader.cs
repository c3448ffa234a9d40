namespace NetTools.Packets;

/// <summary>
/// The options of an IPv4 or TCP header one by one: a kind; unless it is 0 (end) or 1 (no operation) a length that counts both,
/// and a value (RFC 791 3.1, RFC 9293 3.2).
/// </summary>
/// <param name="options">The bytes behind the fixed part of the header.</param>
public ref struct OptionReader(ReadOnlySpan<byte> options)
{
    /// <summary>The kind that ends the list.</summary>
    public const byte End = 0;

    /// <summary>The kind of one byte that fills gaps.</summary>
    public const byte NoOperation = 1;

    private ReadOnlySpan<byte> _rest = options;

    /// <summary>The option's kind.</summary>
    public byte Kind { get; private set; }

    /// <summary>What follows kind and length; empty for <see cref="NoOperation"/>.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>True once an option's length was impossible: nothing is read from there on.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>True once <see cref="End"/> was met.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>Goes to the next option.</summary>
    /// <returns>False at the end of the list, or when it is broken.</returns>
    public bool Next()
    {
        Value = default;
        if (_rest.IsEmpty || IsEnded || IsBroken)
        {
            return false;
        }

        if (_rest[0] == End)
        {
            IsEnded = true;
            return false;
        }

        Kind = _rest[0];
        if (Kind == NoOperation)
        {
            _rest = _rest[1..];
            return true;
        }

        int length = _rest.Length >= 2 ? _rest[1] : 0;
        if (length < 2 || length > _rest.Length)
        {
            IsBroken = true;
            return false;
        }

        Value = _rest[2..length];
        _rest = _rest[length..];
        return true;
    }
}
