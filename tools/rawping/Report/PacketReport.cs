using System.Text;
using System.Text.Json;
using NetTools.RawPing.DryRun;
using NetTools.RawPing.Wire;
using NetTools.Terminal;
using static NetTools.RawPing.DryRun.PacketField;

namespace NetTools.RawPing.Report;

/// <summary>A packet that is not sent, field by field, as lines or a JSON object.</summary>
internal static class PacketReport
{
    private const int BytesPerLine = 16;

    public static void WriteText(Output output, Target target, byte[] packet, IReadOnlyList<PacketField> fields)
    {
        output.WriteLine(Text($"{packet.Length} bytes to {target.Name} ({target.Address}), not sent:"));
        foreach (PacketField field in fields)
        {
            string note = field.Note is null ? "" : $"  [{field.Note}]";
            string label = $"{field.Name}: {field.Value}{note}";
            for (int done = 0; done < field.Length; done += BytesPerLine)
            {
                int length = Math.Min(BytesPerLine, field.Length - done);
                StringBuilder line = new(Text($"{field.Offset + done:x4}  "));
                foreach (byte value in packet.AsSpan(field.Offset + done, length))
                {
                    line.Append(Text($"{value:x2} "));
                }

                // Short fields keep one column for their names, long ones have room only after their bytes.
                output.WriteLine(done > 0 ? line.ToString().TrimEnd()
                    : Text($"{line.ToString().PadRight(length <= 4 ? 19 : 55)}{label}"));
            }
        }
    }

    public static void WriteJson(
        Output output, RunHead head, Target target, byte[] packet, IReadOnlyList<PacketField> fields)
    {
        using JsonLines lines = new(output);
        Utf8JsonWriter json = lines.Begin();
        head.Write(json, target, interrupted: false);
        json.WriteNumber("length_bytes", packet.Length);
        json.WriteString("packet", Convert.ToHexStringLower(packet));
        json.WriteStartArray("fields");
        foreach (PacketField field in fields)
        {
            json.WriteStartObject();
            json.WriteNumber("offset_bytes", field.Offset);
            json.WriteNumber("length_bytes", field.Length);
            json.WriteString("name", field.Name);
            json.WriteString("value", field.Value);
            json.WriteString("note", field.Note);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        lines.End();
    }
}
