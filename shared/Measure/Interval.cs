namespace NetTools.Measure;

/// <summary>Where a value lies with the stated confidence, both ends included.</summary>
/// <param name="Low">The lower end.</param>
/// <param name="High">The upper end, not below <paramref name="Low"/>.</param>
public readonly record struct Interval(double Low, double High)
{
    /// <summary>True when <paramref name="value"/> lies within.</summary>
    public bool Contains(double value) => Low <= value && value <= High;
}

/// <summary>A value and its interval.</summary>
/// <param name="Value">The value, in the unit of the samples.</param>
/// <param name="Interval">Its interval.</param>
public readonly record struct Estimate(double Value, Interval Interval)
{
    /// <summary>The level people expect when none is named.</summary>
    public const double Usual = 0.95;

    /// <summary>The level of the interval, between 0 and 1: 0.95 unless another was asked for.</summary>
    public double Confidence { get; init; } = Usual;
}
