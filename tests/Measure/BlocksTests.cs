using NetTools.Measure;
using Xunit;

namespace NetTools.Tests.Measure;

public class BlocksTests
{
    [Fact]
    public void Each_block_holds_every_arm_once_in_changing_orders_and_the_warm_up_is_dropped()
    {
        List<(int Arm, int Block)> calls = [];
        double[][] samples = Blocks.Run(3, 50, new Random(1), (arm, block) =>
        {
            calls.Add((arm, block));
            return (100 * arm) + block;
        });

        Assert.All(calls.GroupBy(call => call.Block), block =>
            Assert.Equal([0, 1, 2], block.Select(call => call.Arm).Order()));
        Assert.Equal(51, calls.Select(call => call.Block).Distinct().Count());
        Assert.True(calls.Chunk(3).Select(chunk => string.Concat(chunk.Select(call => call.Arm))).Distinct().Count() == 6);
        for (int arm = 0; arm < 3; arm++)
        {
            Assert.Equal(Enumerable.Range(0, 50).Select(block => (100.0 * arm) + block), samples[arm]);
        }
    }

    [Fact]
    public void A_stop_keeps_what_was_measured()
    {
        int left = 2 + (2 * 3) + 1;
        double[][] samples = Blocks.Run(2, 100, new Random(1), (arm, _) => arm, () => left-- == 0);
        Assert.Equal(7, samples[0].Length + samples[1].Length);
        Assert.Empty(Blocks.Run(2, 5, new Random(1), (_, _) => 1, () => true).SelectMany(arm => arm));
    }

    [Fact]
    public void A_control_is_visited_twice_in_each_block_at_places_of_chance()
    {
        List<int> order = [];
        BlockSamples samples = Blocks.RunWithControls(3, [1], 60, new Random(2), (arm, block) =>
        {
            order.Add(arm);
            return block;
        });
        Assert.Equal(3, samples.Arms.Length);
        Assert.Equal(samples.Arms[1], Assert.Single(samples.Again));
        Assert.All(order.Chunk(4), block => Assert.Equal([0, 1, 1, 2], block.Order()));
        Assert.Contains(order.Chunk(4), block => block[0] == 1 && block[1] != 1);
        Assert.Contains(order.Chunk(4), block => block[3] == 1 && block[2] != 1);
    }
}
