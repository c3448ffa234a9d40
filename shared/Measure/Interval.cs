namespace NetTools.Measure;

/// <summary>Where a value lies with the stated confidence, both ends included.</summary>
/// <param name="Low">The lower end.</param>
/// <param name="High">The upper end, not below <paramref name="Low"/>.</param>
public readonly record struct Interval(double Low, double High)
{
    /// <summary>True when <paramref name="value"/> lies within.</summary>
    public bool Contains(double value) => Low <= value && value <= High;
}
