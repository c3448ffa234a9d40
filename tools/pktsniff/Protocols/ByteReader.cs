using System.Buffers.Binary;

namespace NetTools.PktSniff.Protocols;

/// <summary>
/// Reads a message from its beginning to its end, in network order. What is missing reads as 0 and as empty, and
/// <see cref="IsCut"/> says so: nothing throws, even when a message claims an impossible length.
/// </summary>
/// <param name="bytes">The message, of which the end may be missing.</param>
internal ref struct ByteReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>What has not been read.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    /// <summary>True once something was read that is not here.</summary>
    public bool IsCut { get; private set; }

    /// <summary>True when nothing is left.</summary>
    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>True when at least <paramref name="count"/> bytes are left.</summary>
    public readonly bool Has(int count) => _rest.Length >= count;

    /// <summary>The next byte.</summary>
    public byte U8()
    {
        ReadOnlySpan<byte> bytes = Whole(1);
        return bytes.IsEmpty ? (byte)0 : bytes[0];
    }

    /// <summary>The next 16 bits.</summary>
    public ushort U16()
    {
        ReadOnlySpan<byte> bytes = Whole(2);
        return bytes.IsEmpty ? (ushort)0 : BinaryPrimitives.ReadUInt16BigEndian(bytes);
    }

    /// <summary>The next 24 bits.</summary>
    public int U24()
    {
        ReadOnlySpan<byte> bytes = Whole(3);
        return bytes.IsEmpty ? 0 : bytes[0] << 16 | bytes[1] << 8 | bytes[2];
    }

    /// <summary>The next 32 bits.</summary>
    public uint U32()
    {
        ReadOnlySpan<byte> bytes = Whole(4);
        return bytes.IsEmpty ? 0 : BinaryPrimitives.ReadUInt32BigEndian(bytes);
    }

    /// <summary>The next bytes; fewer when the message ends before.</summary>
    public ReadOnlySpan<byte> Take(long count)
    {
        if (count > _rest.Length)
        {
            IsCut = true;
        }

        int length = (int)Math.Clamp(count, 0, _rest.Length);
        ReadOnlySpan<byte> taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }

    /// <summary>All of the next bytes, or none and the end when some are missing.</summary>
    public ReadOnlySpan<byte> Whole(int count)
    {
        if (count > _rest.Length)
        {
            IsCut = true;
            _rest = default;
            return default;
        }

        ReadOnlySpan<byte> taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    /// <summary>Goes on behind the next bytes.</summary>
    public ByteReader Skip(long count)
    {
        Take(count);
        return this;
    }
}
