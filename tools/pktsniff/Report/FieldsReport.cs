using System.Text;
using NetTools.Packets;
using NetTools.PktSniff.Link;
using NetTools.Terminal;

namespace NetTools.PktSniff.Report;

/// <summary>Chosen fields of each frame, tabs between them: empty where a frame lacks one, commas where it has several.</summary>
/// <param name="output">Where the lines go.</param>
/// <param name="names">The fields, by the names of <see cref="FieldNames"/>.</param>
internal sealed class FieldsReport(Output output, IReadOnlyList<string> names) : IFrameReport
{
    private readonly ColumnWriter _columns = new(names);
    private readonly FrameFields _fields = new();
    private readonly LineBuffer _line = new();

    /// <inheritdoc/>
    public void Print(long number, scoped in CapturedFrame captured, scoped in DecodedFrame frame)
    {
        _columns.Clear();
        _fields.Write(_columns, number, captured, frame);
        for (int i = 0; i < names.Count; i++)
        {
            _line.Text(i == 0 ? default : "\t"u8).Text(_columns.Value(i));
        }

        _line.End(output);
    }

    /// <summary>
    /// Keeps the values of some fields, found by their path: the names of the objects around them, and their own.
    /// </summary>
    private sealed class ColumnWriter(IReadOnlyList<string> names) : FieldWriter
    {
        private const int LongestPath = 256;
        private const int Deepest = 16;

        private readonly byte[][] _names = [.. names.Select(Encoding.UTF8.GetBytes)];
        private readonly LineBuffer[] _values = [.. names.Select(_ => new LineBuffer())];
        private readonly byte[] _path = new byte[LongestPath];
        private readonly int[] _outer = new int[Deepest];
        private int _length;
        private int _depth;

        public ReadOnlySpan<byte> Value(int column) => _values[column].Bytes;

        public void Clear()
        {
            foreach (LineBuffer value in _values)
            {
                value.Clear();
            }
        }

        public override void Number(ReadOnlySpan<byte> name, long value) => Find(name)?.Number(value);

        public override void Flag(ReadOnlySpan<byte> name, bool value) => Find(name)?.Text(value ? "true"u8 : "false"u8);

        public override void Text(ReadOnlySpan<byte> name, ReadOnlySpan<byte> printable) => Find(name)?.Text(printable);

        public override void Digits(ReadOnlySpan<byte> name, ReadOnlySpan<byte> digits) => Find(name)?.Text(digits);

        public override void Null(ReadOnlySpan<byte> name)
        {
        }

        public override void Begin(ReadOnlySpan<byte> name)
        {
            _outer[_depth++] = _length;
            if (!name.IsEmpty)
            {
                name.CopyTo(_path.AsSpan(_length));
                _length += name.Length;
                _path[_length++] = (byte)'.';
            }
        }

        public override void End() => _length = _outer[--_depth];

        public override void BeginList(ReadOnlySpan<byte> name) => Begin(name);

        public override void EndList() => End();

        /// <summary>Where a field's value goes, a comma behind the one before; null when nobody asked for it.</summary>
        private LineBuffer? Find(ReadOnlySpan<byte> name)
        {
            name.CopyTo(_path.AsSpan(_length));
            ReadOnlySpan<byte> path = _path.AsSpan(0, name.IsEmpty ? _length - 1 : _length + name.Length);
            for (int i = 0; i < _names.Length; i++)
            {
                if (path.SequenceEqual(_names[i]))
                {
                    return _values[i].Text(_values[i].Bytes.IsEmpty ? default : ","u8);
                }
            }

            return null;
        }
    }
}
