using System.Text;

namespace NetTools.PktSniff.Report;

/// <summary>Takes what was decoded of a frame, field by field; objects and lists nest. Allocates nothing.</summary>
/// <remarks>Within a list names are empty. All text that arrives here is printable ASCII.</remarks>
internal abstract class FieldWriter
{
    private readonly LineBuffer _text = new();
    private string? _words;
    private byte[] _wordBytes = [];

    /// <summary>A field that is a number.</summary>
    public abstract void Number(ReadOnlySpan<byte> name, long value);

    /// <summary>A field that is true or false.</summary>
    public abstract void Flag(ReadOnlySpan<byte> name, bool value);

    /// <summary>A field that is text.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="printable">Printable ASCII.</param>
    public abstract void Text(ReadOnlySpan<byte> name, ReadOnlySpan<byte> printable);

    /// <summary>A number that may not fit 64 bits, as digits.</summary>
    public abstract void Digits(ReadOnlySpan<byte> name, ReadOnlySpan<byte> digits);

    /// <summary>A field that is known to be unknown.</summary>
    public abstract void Null(ReadOnlySpan<byte> name);

    /// <summary>Begins an object.</summary>
    public abstract void Begin(ReadOnlySpan<byte> name);

    /// <summary>Ends it.</summary>
    public abstract void End();

    /// <summary>Begins a list.</summary>
    public abstract void BeginList(ReadOnlySpan<byte> name);

    /// <summary>Ends it.</summary>
    public abstract void EndList();

    /// <summary>A link-layer address.</summary>
    public void Mac(ReadOnlySpan<byte> name, ReadOnlySpan<byte> address) => Text(name, Fresh().Mac(address).Bytes);

    /// <summary>An IPv4 or IPv6 address.</summary>
    public void Address(ReadOnlySpan<byte> name, ReadOnlySpan<byte> address) => Text(name, Fresh().Address(address).Bytes);

    /// <summary>Bytes as hexadecimal digits.</summary>
    public void Hex(ReadOnlySpan<byte> name, ReadOnlySpan<byte> bytes) => Text(name, Fresh().HexBytes(bytes).Bytes);

    /// <summary>Text from the wire: what is not printable is escaped, blanks stay.</summary>
    public void Wire(ReadOnlySpan<byte> name, ReadOnlySpan<byte> text) => Text(name, Fresh().Printable(text).Bytes);

    /// <summary>Text of ours or of the system's, or nothing.</summary>
    public void Words(ReadOnlySpan<byte> name, string? text)
    {
        if (text is null)
        {
            Null(name);
            return;
        }

        if (!ReferenceEquals(text, _words))
        {
            // The same few strings come again and again.
            _words = text;
            _wordBytes = Encoding.UTF8.GetBytes(text);
        }

        Wire(name, _wordBytes);
    }

    /// <summary>Text known here, or nothing where it is empty.</summary>
    public void Name(ReadOnlySpan<byte> name, ReadOnlySpan<byte> known)
    {
        if (!known.IsEmpty)
        {
            Text(name, known);
        }
    }

    /// <summary>An empty buffer to make a value in; the next value reuses it.</summary>
    public LineBuffer Fresh()
    {
        _text.Clear();
        return _text;
    }
}
