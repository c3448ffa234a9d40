using System.Numerics;
using NetTools.Os;
using Xunit;

namespace NetTools.Tests.Os;

public class RandomnessTests
{
    /// <summary>The first numbers of the reference implementation, seed 1234567.</summary>
    [Fact]
    public void SplitMix_is_the_published_sequence() => Assert.Equal(
        [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821],
        Enumerable.Range(1, 5).Select(place => Randomness.SplitMix(1234567, (ulong)place)));

    [Fact]
    public void Mixing_changes_about_half_the_bits()
    {
        double changed = Enumerable.Range(0, 64)
            .Average(bit => BitOperations.PopCount(Randomness.Mix(12345) ^ Randomness.Mix(12345 ^ (1UL << bit))));
        Assert.InRange(changed, 28, 36);
    }

    [Fact]
    public void Another_key_has_other_collisions()
    {
        KeyedHash one = new(1);
        KeyedHash other = new(2);
        ulong[] colliding = [.. Enumerable.Range(0, 1_000_000).Select(i => (ulong)i).Where(i => one.Of(i, 7) % 65536 == 0)];
        Assert.InRange(colliding.Length, 5, 40);
        Assert.True(colliding.Select(i => other.Of(i, 7) % 65536).Distinct().Count() > 1);
        Assert.NotEqual(one.Of(1, 2), one.Of(2, 1));
        Assert.NotEqual(one.Of(1), one.Of(0, 1));
    }
}
