namespace NetTools.Measure;

/// <summary>The integral behind the chi-squared distribution (Abramowitz and Stegun, chapters 6 and 26).</summary>
internal static class SpecialFunctions
{
    private const double Tiny = 1e-300;
    private const double Precision = 1e-15;
    private const int MaximumTerms = 10_000;

    /// <summary>The logarithm of the gamma function for x > 0: Stirling's series, shifted to where it is accurate.</summary>
    public static double LogGamma(double x)
    {
        double shift = 0;
        while (x < 15)
        {
            shift += Math.Log(x++);
        }

        double inverse = 1 / (x * x);
        double series = ((1 / 12.0) - (inverse * ((1 / 360.0) - (inverse * ((1 / 1260.0) - (inverse / 1680.0)))))) / x;
        return ((x - 0.5) * Math.Log(x)) - x + (0.5 * Math.Log(2 * Math.PI)) + series - shift;
    }

    /// <summary>The regularised upper incomplete gamma function Q(a, x), for a > 0 and x >= 0.</summary>
    public static double UpperGamma(double a, double x)
    {
        if (x <= 0)
        {
            return 1;
        }

        double scale = Math.Exp((a * Math.Log(x)) - x - LogGamma(a));
        if (x < a + 1)
        {
            double term = 1 / a;
            double sum = term;
            for (int n = 1; n < MaximumTerms && term > sum * Precision; n++)
            {
                term *= x / (a + n);
                sum += term;
            }

            return Math.Max(0, 1 - (sum * scale));
        }

        // The continued fraction 1/(x+1-a- 1(1-a)/(x+3-a- 2(2-a)/(x+5-a- ...
        return scale * Fraction(x + 1 - a, n => (-n * (n - a), x + (2 * n) + 1 - a));
    }

    /// <summary>1 / (b0 + a1/(b1 + a2/(b2 + ...))), forwards (Lentz's method).</summary>
    private static double Fraction(double b0, Func<int, (double A, double B)> term)
    {
        double value = b0 == 0 ? Tiny : b0;
        double numerators = value;
        double denominators = 0;
        for (int n = 1; n < MaximumTerms; n++)
        {
            (double a, double b) = term(n);
            denominators = NonZero(b + (a * denominators));
            numerators = NonZero(b + (a / numerators));
            denominators = 1 / denominators;
            double factor = numerators * denominators;
            value *= factor;
            if (Math.Abs(factor - 1) < Precision)
            {
                break;
            }
        }

        return 1 / value;
    }

    private static double NonZero(double value) => Math.Abs(value) < Tiny ? Tiny : value;
}
