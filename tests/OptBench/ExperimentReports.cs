using System.Text.Json;
using NetTools.Tests.Support;

namespace NetTools.Tests.OptBench;

/// <summary>Every experiment once, short, as <c>--json</c> prints it.</summary>
public sealed class ExperimentReports : IDisposable
{
    /// <summary>Those whose length --time does not set: they mostly sleep, so they run beside the others.</summary>
    private static readonly string[] s_fixed =
        ["reuseaddr", "reuseport", "tos", "backlog", "keepalive", "linger", "fastopen", "deferaccept", "notsent", "v6only"];

    private readonly List<JsonDocument> _documents = [];

    public ExperimentReports()
    {
        Names = [.. ToolProcess.Run("optbench", "list").Expect(0).OutputLines.Select(line => line.Split(' ')[0])];
        RunOptions patient = new() { Timeout = TimeSpan.FromSeconds(120) };
        using ToolProcess sleepy = ToolProcess.Launch("optbench", [.. s_fixed, "--json"], patient);
        ToolResult timed = ToolProcess.Run("optbench",
            [.. Names.Except(s_fixed), "--time", "0.3", "--blocks", "3", "--bytes", "1000000", "--json"], patient);
        ToolResult rest = sleepy.WaitForExit();
        _documents.AddRange([JsonDocument.Parse(timed.Output), JsonDocument.Parse(rest.Output)]);
        ErrorLines = [.. timed.ErrorLines, .. rest.ErrorLines];
    }

    public string[] Names { get; }

    public string[] ErrorLines { get; }

    public IEnumerable<JsonElement> Runs => _documents.Select(document => document.RootElement);

    public IEnumerable<JsonElement> Experiments => Runs.SelectMany(run => run.GetProperty("experiments").EnumerateArray());

    public JsonElement[] Of(string name) => [.. Experiments.Where(one => one.GetProperty("name").ValueEquals(name))];

    public void Dispose() => _documents.ForEach(document => document.Dispose());
}
