using NetTools.Os;

namespace NetTools.Terminal;

/// <summary>The ordinary user that a server started by root becomes once it listens.</summary>
public static class ServiceUser
{
    private const uint Nobody = 65534; // the kernel's overflow user and group: no need to read passwd(5)

    /// <summary>
    /// Gives up every privilege but <paramref name="kept"/>. Root becomes the user named; without a name, the one who called
    /// sudo, or nobody; <c>root</c> stays root.
    /// </summary>
    /// <param name="name">The value of <c>--user</c>, or null.</param>
    /// <param name="root">Whether root, and not a setuid copy, runs the program.</param>
    /// <param name="left">What remains where the system refuses the default user: "without capabilities".</param>
    /// <param name="kept">Capabilities that stay.</param>
    /// <exception cref="OperationFailedException">A name was given by someone else than root, or is unknown.</exception>
    public static void Become(string? name, bool root, string left, params ReadOnlySpan<int> kept)
    {
        Arguments.Check(name is null || root, "--user is for root");
        Account? account = name == "root" || !root ? null
            : name is not null ? Account.Named(name)
            : Account.Invoking() ?? new Account("nobody", Nobody, Nobody);
        try
        {
            if (account is not null)
            {
                Privileges.Become(account, kept);
                return;
            }
        }
        catch (LibcException failed) when (name is null)
        {
            // In a user namespace that knows no other user, root is an ordinary user outside.
            ErrorLine.Write($"{failed.Message}: going on as root {left}");
        }

        Privileges.DropAllBut(kept);
    }
}
