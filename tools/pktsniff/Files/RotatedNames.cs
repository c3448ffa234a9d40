using System.Globalization;
using System.Runtime.InteropServices.Marshalling;
using NetTools.Libc;
using NetTools.Os;

namespace NetTools.PktSniff.Files;

/// <summary>The names of the files of one capture, as tcpdump makes them.</summary>
internal static unsafe class RotatedNames
{
    private const int Longest = 4096; // PATH_MAX

    /// <summary>The name of a file.</summary>
    /// <param name="settings">The name asked for and how files change.</param>
    /// <param name="number">0 for the first file, or for the first since the time changed its name.</param>
    /// <param name="seconds">When the file begins, since 1970.</param>
    /// <exception cref="OperationFailedException">The time makes the name empty or too long.</exception>
    public static string Of(FileSettings settings, int number, long seconds)
    {
        string name = settings.NamedByTime ? Format(settings.Path, seconds) : settings.Path;
        int digits = settings.RotateBytes > 0 ? Digits(settings.FileCount) : 0;
        return number == 0 && digits == 0 ? name : name + number.ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0');
    }

    /// <summary>Number of digits of the highest number in the ring, so that names sort; 0 for one file or no ring.</summary>
    private static int Digits(int files) => files <= 1 ? 0 : (files - 1).ToString(CultureInfo.InvariantCulture).Length;

    private static string Format(string format, long seconds)
    {
        tm local = default;
        _ = Linux.localtime_r(&seconds, &local);
        byte* name = stackalloc byte[Longest];
        byte* text = Utf8StringMarshaller.ConvertToUnmanaged(format);
        try
        {
            return Linux.strftime(name, Longest, text, &local) > 0 ? Utf8StringMarshaller.ConvertToManaged(name)!
                : throw new OperationFailedException($"-w {format}: the time makes no name of that");
        }
        finally
        {
            Utf8StringMarshaller.Free(text);
        }
    }
}
