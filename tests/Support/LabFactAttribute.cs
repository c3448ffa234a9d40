using Xunit;

namespace NetTools.Tests.Support;

/// <summary>A test with needs. A missing need skips it with the reason; where CI=true it runs, and fails.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LabFactAttribute : FactAttribute
{
    /// <summary>States the needs.</summary>
    public LabFactAttribute(params Needs[] needs) => Skip = Requirements.ReasonToSkip(needs);
}

/// <summary>A theory with needs, as <see cref="LabFactAttribute"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LabTheoryAttribute : TheoryAttribute
{
    /// <summary>States the needs.</summary>
    public LabTheoryAttribute(params Needs[] needs) => Skip = Requirements.ReasonToSkip(needs);
}
