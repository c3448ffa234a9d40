using Tmds.Linux;

namespace NetTools.Os;

/// <summary>Standard input, output and error as a program started by <c>tool &gt;&amp;-</c> finds them: perhaps closed.</summary>
internal static unsafe class StandardDescriptors
{
    /// <summary>
    /// Fills closed ones, so that no socket gets their number and then what is printed. They are filled with a path-only
    /// descriptor of the root, which needs no /dev: a write to it fails with EBADF, as it does to a closed one.
    /// </summary>
    public static void Reserve()
    {
        fixed (byte* root = "/\0"u8)
        {
            for (int descriptor = 0; descriptor <= 2; descriptor++)
            {
                if (LibC.fcntl(descriptor, LibC.F_GETFD) == -1)
                {
                    _ = LibC.open(root, LibC.O_PATH | LibC.O_CLOEXEC); // takes the lowest free number: this one
                }
            }
        }
    }
}
