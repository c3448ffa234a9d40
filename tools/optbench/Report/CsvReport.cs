using System.Globalization;
using NetTools.OptBench.Results;
using NetTools.Terminal;

namespace NetTools.OptBench.Report;

/// <summary>Every sample, one a line, for plots.</summary>
internal static class CsvReport
{
    /// <summary>Writes the heading and the samples.</summary>
    public static void Write(Output output, IEnumerable<ExperimentResult> results)
    {
        output.WriteLine("experiment,pattern,arm,sample,value,unit");
        foreach (ExperimentResult result in results)
        {
            foreach (ArmResult arm in result.Arms)
            {
                for (int i = 0; i < arm.Samples.Count; i++)
                {
                    output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                        $"{result.Name},{result.Pattern},{arm.Name},{i},{arm.Samples[i]:0.###},{result.Unit}"));
                }
            }
        }

        output.Flush();
    }
}
