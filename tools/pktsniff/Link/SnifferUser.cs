using NetTools.Libc;
using NetTools.Os;

namespace NetTools.PktSniff.Link;

/// <summary>
/// Whom pktsniff becomes when root runs it: the user who called sudo(8), or else tcpdump or nobody. Where root itself called,
/// a helper opens the files that root named, <see cref="RootFiles"/>.
/// </summary>
internal static class SnifferUser
{
    /// <summary>True when root itself runs the program, not somebody by sudo(8), and names no other user.</summary>
    public static bool CallerIsRoot(string? name) => Linux.getuid() == 0 && name is null && Account.Invoking() is null;

    /// <summary>As root becomes another user; drops every privilege in any case.</summary>
    /// <param name="name">The user that <c>-Z</c> names, or null.</param>
    /// <param name="usesFiles">Whether files of the caller are read or written.</param>
    /// <returns>What to tell when a file cannot be created, or null.</returns>
    /// <exception cref="OperationFailedException">The user is not known, or only root may name one.</exception>
    public static string? Become(string? name, bool usesFiles)
    {
        bool isRoot = Linux.getuid() == 0; // the one who runs it: a setuid copy is nobody's root
        if (name is not null && !isRoot)
        {
            throw new OperationFailedException("-Z needs root");
        }

        bool byDefault = CallerIsRoot(name);
        Account? account = !isRoot ? null
            : name is not null ? Account.Named(name)
            : Account.Invoking() ?? Account.FirstOf("tcpdump", "nobody");
        if (account is { Uid: not 0 })
        {
            if (byDefault && usesFiles)
            {
                RootFiles.Start();
            }

            try
            {
                Privileges.Become(account);
                return byDefault ? null : "no longer root by now; -Z root keeps the right to write there";
            }
            catch (LibcException) when (byDefault)
            {
                RootFiles.Stop(); // a user namespace without that account: dropping is all there is
            }
        }

        Privileges.DropAll();
        return null;
    }
}
