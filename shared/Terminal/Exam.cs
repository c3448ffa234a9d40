namespace NetTools.Terminal;

/// <summary>Whether a program must pass a trial.</summary>
public enum ExamLevel
{
    /// <summary>Always.</summary>
    Basic,

    /// <summary>In the profile full.</summary>
    Full,

    /// <summary>Shown, not judged.</summary>
    Noted,
}

/// <summary>How much of a program is examined.</summary>
public enum ExamProfile
{
    /// <summary>What every program must do: the basic trials.</summary>
    Basic,

    /// <summary>All trials.</summary>
    Full,
}

/// <summary>One thing a right program does.</summary>
/// <param name="Name">The name, as in <c>--only</c>.</param>
/// <param name="Level">Whether it must be passed.</param>
/// <param name="Cause">What is usually wrong in a program that fails it.</param>
/// <param name="See">The manual pages to read.</param>
public sealed record ExamTrial(string Name, ExamLevel Level, string Cause, string See);

/// <summary>A trial and what it saw.</summary>
/// <param name="Trial">The trial.</param>
/// <param name="Passed">True when the program did right; null when the trial could not be tried.</param>
/// <param name="Seen">What was seen, in a sentence.</param>
/// <param name="Seconds">How long it took.</param>
public sealed record ExamResult(ExamTrial Trial, bool? Passed, string Seen, double Seconds = 0)
{
    /// <summary>True when the program must pass it.</summary>
    public bool IsRequired => Trial.Level != ExamLevel.Noted;
}

/// <summary>All that was found out about a program.</summary>
/// <param name="Subject">What to call it.</param>
/// <param name="Profile">How much of it was examined.</param>
/// <param name="Results">The trials in their order.</param>
/// <param name="Interrupted">True when a signal ended the examination.</param>
public sealed record ExamSheet(string Subject, ExamProfile Profile, IReadOnlyList<ExamResult> Results, bool Interrupted)
{
    /// <summary>Required trials that it passed.</summary>
    public int Passed => Results.Count(result => result.IsRequired && result.Passed == true);

    /// <summary>Required trials that it failed.</summary>
    public int Failed => Results.Count(result => result.IsRequired && result.Passed == false);

    /// <summary>Trials that are only noted and that it failed.</summary>
    public int NotedFailed => Results.Count(result => !result.IsRequired && result.Passed == false);

    /// <summary>Trials that could not be tried.</summary>
    public int NotTried => Results.Count(result => result.Passed is null);

    /// <summary>0 when no required trial failed, else 1.</summary>
    public int ExitCode => Failed > 0 || Interrupted ? Terminal.ExitCode.Negative : Terminal.ExitCode.Success;

    /// <summary>The verdict in a few words: <c>13 passed, 0 failed, 1 noted, 2 not tried</c>.</summary>
    public string Verdict => $"{Passed} passed, {Failed} failed"
        + (NotedFailed > 0 ? $", {NotedFailed} noted" : "") + (NotTried > 0 ? $", {NotTried} not tried" : "")
        + (Interrupted ? "; interrupted" : "");

    /// <summary>The word for the outcome of a trial.</summary>
    public static string Word(ExamResult result) => result.Passed switch
    {
        true => "passed",
        false => result.IsRequired ? "FAILED" : "noted",
        null => "-",
    };
}
