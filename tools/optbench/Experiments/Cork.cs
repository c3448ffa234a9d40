using System.Globalization;
using NetTools.OptBench.Results;

namespace NetTools.OptBench.Experiments;

/// <summary>TCP_CORK and MSG_MORE, tcp(7) and send(2): header and body in one segment instead of two.</summary>
internal static class Cork
{
    public const string Name = "cork";
    public const string Plain = "cork=off";
    public const string Corked = "cork=on";
    public const string Held = "cork=held";

    /// <summary>The kernel sends what a cork holds after 200 ms: tcp(7).</summary>
    private const double CeilingUs = 200_000;

    private static readonly (string Name, CorkStyle Style)[] s_styles =
    [
        (Plain, CorkStyle.Plain), ("nodelay=on", CorkStyle.NoDelay), (Corked, CorkStyle.Cork), ("more=on", CorkStyle.More),
        ("one-write=on", CorkStyle.OneWrite),
    ];

    /// <summary>Measures the styles, then how long a cork holds that nobody pulls.</summary>
    public static ExperimentResult[] Run(Lab lab)
    {
        (ExperimentResult styles, IReadOnlyDictionary<string, double> segments) =
            Measure(lab, "header+body", s_styles, [(0, 2), (2, 1), (2, 3), (2, 4)],
            $"Write {CorkArm.HeaderBytes} bytes of header and {CorkArm.BodyBytes} of body, wait for 1 byte of "
                + $"reply.{lab.Conditions}");
        ExperimentResult explained = lab.Keep(Explain(styles, segments));
        (ExperimentResult held, _) = Measure(lab, "held", [(Held, CorkStyle.Held), (Corked, CorkStyle.Cork)], [(1, 0)],
            "The same with TCP_CORK set and never cleared: how long until the kernel sends anyway.");
        return [explained, ExplainCeiling(held)];
    }

    /// <summary>Says what the styles cost.</summary>
    /// <param name="result">What was measured.</param>
    /// <param name="segments">Data segments a message, by arm.</param>
    public static ExperimentResult Explain(ExperimentResult result, IReadOnlyDictionary<string, double> segments)
    {
        string Segments(string arm) => segments[arm].ToString("0.0", CultureInfo.InvariantCulture);
        return result with
        {
            Meaning = $"Two plain writes take {Numbers.Show(result.Arm(Plain).Median.Value)} us and {Segments(Plain)} segments: "
                + $"Nagle's algorithm holds the body until the header is acknowledged. "
                + $"TCP_NODELAY takes {Numbers.Show(result.Arm("nodelay=on").Median.Value)} us and {Segments("nodelay=on")} "
                    + $"segments, TCP_CORK {Numbers.Show(result.Arm(Corked).Median.Value)} us and {Segments(Corked)}, "
                + $"MSG_MORE {Numbers.Show(result.Arm("more=on").Median.Value)} us and {Segments("more=on")}, one write of both "
                    + $"{Numbers.Show(result.Arm("one-write=on").Median.Value)} us and {Segments("one-write=on")}.",
            Textbook = "Textbooks praise TCP_CORK for the one segment. MSG_MORE gives the same without the two extra system "
                + "calls, and one writev without any flag.",
        };
    }

    /// <summary>Says what the medians mean, and when they do not show the kernel's ceiling.</summary>
    public static ExperimentResult ExplainCeiling(ExperimentResult result)
    {
        double held = result.Arm(Held).Median.Value, pulled = result.Arm(Corked).Median.Value;
        string took = $"A cork that is never pulled holds the message for {Numbers.Show(held / 1e3)} ms; ";
        return result with
        {
            Meaning = held >= CeilingUs && pulled < held / 10
                ? $"{took}pulled, the message leaves at once ({Numbers.Show(pulled)} us). "
                    + "The ceiling is 200 ms, and the kernel's timer adds to it."
                : $"{took}pulled, the message took {Numbers.Show(pulled)} us. "
                    + "This run does not show the kernel's ceiling of 200 ms: the times are those of a busy machine, or "
                    + "of too few exchanges.",
        };
    }

    private static (ExperimentResult Result, IReadOnlyDictionary<string, double> Segments) Measure(
        Lab lab, string pattern, (string Name, CorkStyle Style)[] styles, (int A, int B)[] pairs, string done)
    {
        List<CorkArm> arms = [];
        try
        {
            foreach ((string name, CorkStyle style) in styles)
            {
                arms.Add(new CorkArm(lab.Peer, name, style));
            }

            (ArmResult[] results, DifferenceResult[] differences) = lab.Measure($"{Name} {pattern}", arms, pairs);
            Dictionary<string, double> segments = arms.ToDictionary(arm => arm.Name, arm => arm.SegmentsPerMessage);
            ExperimentResult result = new(Name, pattern, "us", done, results, differences)
            {
                Facts = new(["arm", "segments_per_message"], [.. arms.Select(arm =>
                    (Fact[])[arm.Name, Fact.Shown(Math.Round(arm.SegmentsPerMessage, 3),
                        arm.SegmentsPerMessage.ToString("0.0", CultureInfo.InvariantCulture))])]),
            };
            return (result, segments);
        }
        finally
        {
            arms.ForEach(arm => arm.Dispose());
        }
    }
}
