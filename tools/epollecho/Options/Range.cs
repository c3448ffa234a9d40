using System.Globalization;
using NetTools.Os;

namespace NetTools.EpollEcho.Options;

/// <summary>Checks numbers from the command line.</summary>
internal static class Range
{
    /// <summary>Refuses a value outside of a range.</summary>
    /// <exception cref="OperationFailedException">It is outside.</exception>
    public static void Check(string option, double value, double least, double most)
    {
        if (!(value >= least && value <= most))
        {
            throw new OperationFailedException(string.Create(CultureInfo.InvariantCulture,
                $"{option} {value} is not between {least} and {most}"));
        }
    }
}
