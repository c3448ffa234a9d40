using System.Text.RegularExpressions;
using NetTools.Os;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.Os;

public partial class CallerPolicyTests
{
    [Theory]
    [InlineData(0, 500, 0b111_101_000, true)] // root:GROUP 0750
    [InlineData(0, 500, 0b101_001_000, true)]
    [InlineData(0, 500, 0b111_101_101, false)] // everybody can execute it
    [InlineData(0, 500, 0b111_100_000, false)] // the group cannot
    [InlineData(0, 500, 0b111_101_010, false)] // everybody can write to it
    [InlineData(1000, 500, 0b111_101_000, false)] // it is not root's
    [InlineData(0, 501, 0b111_101_000, false)] // the caller is not a member
    public void A_group_is_trusted_when_it_alone_can_execute_the_binary_of_root(uint owner, uint group, int mode, bool trusted) =>
        Assert.Equal(trusted, CallerPolicy.TrustsGroup(owner, group, mode, [100, 500]));

    [LabFact(Needs.Root)]
    public void Root_may_do_everything() => Assert.All(Enum.GetValues<TrustedAct>(), act => CallerPolicy.Require(act, "--all"));

    [Fact]
    public void Every_act_has_a_rule() =>
        Assert.All(Enum.GetValues<TrustedAct>(), act => Assert.Contains(CallerPolicy.Rules, rule => rule.Act == act));

    [LabFact(Needs.Mandoc)]
    public void The_manuals_say_what_the_rules_say()
    {
        foreach (IGrouping<string, TrustRule> rules in CallerPolicy.Rules.GroupBy(rule => rule.Tool))
        {
            string page = Overstrike().Replace(ToolProcess.RunCommand("mandoc", "-T", "ascii",
                Path.Combine(Repository.Root, "tools", rules.Key, $"{rules.Key}.1")).Expect(0).Output, "");
            page = Blanks().Replace(page, " ");
            Assert.All(rules, rule => Assert.Contains(rule.Text, page, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void The_limits_are_those_of_ping()
    {
        Assert.Equal((2_000_000, 1_000_000, 1_000_000_000),
            (OrdinaryLimits.HostInterval, OrdinaryLimits.PacketInterval, OrdinaryLimits.BroadcastInterval));
        Assert.Equal((3, 67_108_864), (OrdinaryLimits.Preload, OrdinaryLimits.RingBytes));
    }

    [GeneratedRegex(".\b")]
    private static partial Regex Overstrike();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
