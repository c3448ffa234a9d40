using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.Binaries;

/// <summary>The fixed part of scripts/faults.sh: system calls of every mode fail, one at a time.</summary>
[Collection("lab")]
public sealed class FaultTests
{
    [LabFact(Needs.Root, Needs.Strace)]
    public void A_failing_system_call_is_borne_or_said()
    {
        ToolResult result = ToolProcess.RunCommand("bash", [Path.Combine(Repository.Root, "scripts", "faults.sh")], new()
        {
            Timeout = TimeSpan.FromMinutes(4),
            Environment = new Dictionary<string, string?>
            {
                ["NETTOOLS_BIN"] = Path.GetDirectoryName(Repository.Binary("rawping")),
                ["FAULTS_LONGEST"] = "60"
            },
        });
        Assert.True(result.ExitCode == 0, result.Output + result.Error);
        Assert.Matches("^[1-9][0-9]+ faults: ", result.OutputLines[^1]);
    }
}
