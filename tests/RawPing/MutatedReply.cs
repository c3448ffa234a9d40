using Bogus;

namespace NetTools.Tests.RawPing;

/// <summary>Echo replies that somebody has tampered with.</summary>
internal static class MutatedReply
{
    /// <summary>A reply that is not the one that was given, half of the time with a checksum that fits the lie.</summary>
    public static byte[] Of(Randomizer random, byte[] reply)
    {
        byte[] bytes;
        do
        {
            bytes = Changed(random, reply);
            if (bytes.Length > 1)
            {
                bytes[1] = reply[1]; // a reply may have any code
            }

            bytes = random.Bool() && bytes.Length >= 8 && !bytes.SequenceEqual(reply) ? Answer.Seal(bytes) : bytes;
        }
        while (bytes.SequenceEqual(reply));
        return bytes;
    }

    private static byte[] Changed(Randomizer random, byte[] reply)
    {
        byte[] bytes = [.. reply];
        for (int times = random.Int(1, 4); times > 0; times--)
        {
            switch (random.Int(0, 3))
            {
                case 0 when bytes.Length > 0:
                    bytes[random.Int(0, bytes.Length - 1)] ^= (byte)(1 << random.Int(0, 7));
                    break;
                case 1:
                    bytes = bytes[..random.Int(0, bytes.Length)];
                    break;
                case 2:
                    bytes = [.. bytes, .. random.Bytes(random.Int(1, 40))];
                    break;
                case 3 when bytes.Length > 8:
                    random.Bytes(random.Int(1, 8)).CopyTo(bytes, random.Int(0, bytes.Length - 9));
                    break;
            }
        }

        return bytes;
    }
}
