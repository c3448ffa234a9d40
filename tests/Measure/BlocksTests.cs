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
}
