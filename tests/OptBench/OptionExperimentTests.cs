using NetTools.OptBench.Experiments;
using NetTools.OptBench.Results;
using NetTools.OptBench.Run;
using Xunit;

namespace NetTools.Tests.OptBench;

/// <summary>Experiments about one option each, in this process: their effect from outside.</summary>
public class OptionExperimentTests
{
    private static readonly Lab s_lab = new(new(default, "", "cubic"), new RunSettings(3, 0.6, 3_000_000, 1) { Overdraft = 20 });

    [Fact]
    public void Linger_resets_at_zero_and_waits_otherwise_without_losing_a_byte()
    {
        FactTable facts = Linger.Run(s_lab).Single().Facts!;
        (double Written, double Waiting, double Ms, double Received, string End)[] rows = [.. facts.Rows.Select(row =>
            (row[1].Number!.Value, row[2].Number!.Value, row[3].Number!.Value, row[4].Number!.Value, row[5].Word!))];
        Assert.All(rows, row => Assert.True(row.Waiting > row.Written / 2, "nothing waited"));
        foreach (int complete in (int[])[0, 2, 3])
        {
            Assert.Equal((rows[complete].Written, "end of stream"), (rows[complete].Received, rows[complete].End));
        }

        Assert.Equal("ECONNRESET", rows[1].End);
        Assert.True(rows[1].Received < rows[1].Written);
        Assert.InRange(rows[2].Ms, 990, 4_000); // the second that was asked for
        Assert.InRange(rows[3].Ms, 190, 4_000); // the peer's pause
        Assert.True(rows[0].Ms < 190 && rows[1].Ms < 190);
    }

    [Fact]
    public void A_deferred_connection_comes_with_its_first_byte_or_after_its_time()
    {
        FactTable facts = Deferaccept.Run(s_lab).Single().Facts!;
        Fact[] off = facts.Rows[0], on = facts.Rows[1];
        Assert.Equal((0.0, "no"), (off[0].Number, off[3].Word));
        Assert.Equal((1.0, 1.0, "yes"), (on[0].Number, on[1].Number, on[3].Word));
        Assert.InRange(off[2].Number!.Value, 0, 290);
        Assert.InRange(on[2].Number!.Value, 290, 4_000);
        Assert.InRange(on[4].Number!.Value, 900, 6_000);
    }

    [Fact]
    public void Less_waits_unsent_with_a_lower_limit()
    {
        FactTable facts = Notsent.Run(s_lab).Single().Facts!;
        Fact[] off = facts.Rows[0], least = facts.Rows[^1];
        Assert.Equal(("off", null), (off[0].Word, off[0].Number));
        Assert.All(facts.Rows.Skip(1), row =>
        {
            Assert.Equal(row[0].Number, row[1].Number);
            Assert.True(row[2].Number <= row[0].Number + (64 << 10), $"{row[2].Number} bytes above {row[0].Number}");
        });
        Assert.True(off[2].Number > 200_000 && off[2].Number > 4 * least[2].Number);
        Assert.True(off[3].Number > least[3].Number);
    }

    [Fact]
    public void A_listener_for_both_families_takes_both_and_one_for_ipv6_leaves_the_other()
    {
        ExperimentResult result = V6only.Run(s_lab).Single();
        Assert.Equal(["off works works ::ffff:127.0.0.1 EADDRINUSE", "on works ECONNREFUSED  works"],
            result.Facts!.Rows.Select(row => string.Join(' ', row.Select(fact => fact.Word))));
        Assert.Contains("seen as ::ffff:127.0.0.1", result.Meaning);
        Assert.Equal("second_bind", result.Facts.Columns[^1]);
    }

    [Fact]
    public void Data_in_the_syn_saves_a_round_trip_in_the_sentence_too()
    {
        ExperimentResult result = Fastopen.Explain("over x", 20, 3, [new("plain", false, 40), new("first", false, 40),
            new("second", true, 20)]);
        Assert.Contains("2.0 round trips of 20 ms before, 1.0 now.", result.Meaning);
        Assert.DoesNotContain("No SYN", result.Meaning);
        Assert.Contains("net.ipv4.tcp_fastopen is 1 here", Fastopen.Explain("over x", 0, 1, [new("plain", false, 1),
            new("first", false, 1), new("second", false, null)]).Meaning);
    }
}
